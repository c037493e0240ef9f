public import DomainKit
import WebAuthn

extension Failure {
    /// The same for a passkey that is nobody's and for one that did not hold. Why is for the log.
    static func passkeyWrong(because reason: String) -> Failure {
        Failure(
            .unauthenticated, code: "user.passkey-refused",
            message: "This passkey does not open an account here; try again.", context: ["reason": reason])
    }

    /// A new passkey that does not hold, or answers no challenge of ours.
    static func passkeyUnfit(because reason: String) -> Failure {
        Failure(
            .unprocessable, code: "user.passkey-refused",
            message: "This passkey cannot be added; get new options and try again.",
            violations: [Violation(pointer: "/credential", code: "refused", detail: "It does not answer our options.")],
            context: ["reason": reason])
    }

    /// By whoever is signed in.
    static func passkeyNotShown(because reason: String) -> Failure {
        Failure(
            .forbidden, code: "user.passkey-refused",
            message: "This passkey shows nothing here; get new options and try again.",
            violations: [Violation(pointer: "/credential", code: "refused", detail: "It does not answer our options.")],
            context: ["reason": reason])
    }

    /// There is nothing to ask a browser for.
    static var noPasskeys: Failure {
        Failure(
            .conflict, code: "user.no-passkeys", message: "This account has no passkey; show a code or the password.")
    }

    public static var passkeyNotFound: Failure {
        Failure(.notFound, code: "user.passkey-not-found", message: "You have no such passkey.")
    }

    /// Of this account or of another one.
    public static var passkeyTaken: Failure {
        Failure(.conflict, code: "user.passkey-taken", message: "This passkey is there already.")
    }

    public static var tooManyPasskeys: Failure {
        Failure(
            .conflict, code: "user.too-many-passkeys",
            message: "An account has \(KeptPasskey.mostPerUser) passkeys at most; take one away first.")
    }

    /// Passkeys belong to a domain name.
    static var passkeysUnusable: Failure {
        Failure(
            .conflict, code: "user.passkeys-unavailable",
            message: "There are no passkeys here: they need the platform at a domain name (PUBLIC_URL).")
    }
}
