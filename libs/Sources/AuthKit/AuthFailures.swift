public import DomainKit

extension Failure {
    /// No token, or one that does not hold. Why it does not is for the log alone: telling would help a forger only.
    public static func unauthenticated(because reason: String) -> Failure {
        Failure(
            .unauthenticated, code: "platform.unauthenticated",
            message: "This needs a valid access token in the Authorization header.", context: ["reason": reason])
    }

    /// The account behind the token, or behind the right password, is banned.
    public static var banned: Failure {
        Failure(.forbidden, code: "user.banned", message: "This account is banned.")
    }

    /// The caller is known and has none of the roles a route is for.
    static func lacksRole(_ roles: Set<String>) -> Failure {
        Failure(
            .forbidden, code: "platform.forbidden", message: "This is not for you to do.",
            context: ["needs_role": roles.sorted().joined(separator: "|")])
    }

    /// The account has the role, which counts with two factors alone, and the token is of one. A new sign-in with two has it.
    public static var roleWithheld: Failure {
        Failure(
            .forbidden, code: "user.second-factor-required",
            message: "Your role counts with two factors alone: turn a second factor on, or sign in with it.",
            extensions: ["acr_values": "2"])
    }

    /// The service is known and its token does not have the scope a route is for.
    static func lacksScope(_ scope: String) -> Failure {
        Failure(
            .forbidden, code: "platform.forbidden", message: "This is not for you to do.",
            context: ["needs_scope": scope])
    }
}
