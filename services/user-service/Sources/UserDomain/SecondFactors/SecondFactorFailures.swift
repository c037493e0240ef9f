public import DomainKit

extension Failure {
    /// The password was right. Told to those alone who know it.
    static func secondFactorNeeded(_ token: SignInStepToken) -> Failure {
        Failure(
            .unauthenticated, code: "user.mfa-required",
            message: "This account asks for a code as well; send it with the mfa_token.",
            extensions: ["mfa_token": .text(token.description)])
    }

    /// Not one of ours, used, too old, or of an account that has changed since.
    public static var stepTokenInvalid: Failure {
        Failure(
            .unauthenticated, code: "user.mfa-token-invalid",
            message: "This sign-in cannot be finished; begin it again with the password.")
    }

    /// At sign-in. A code that was used before is a wrong one.
    public static var signInCodeWrong: Failure {
        Failure(
            .unauthenticated, code: "user.mfa-code-wrong", message: "The code is wrong, or was used before.",
            violations: [wrongCode])
    }

    /// By whoever is signed in.
    public static var codeWrong: Failure {
        Failure(
            .forbidden, code: "user.mfa-code-wrong", message: "The code is wrong, or was used before.",
            violations: [wrongCode])
    }

    public static var secondFactorIsOn: Failure {
        Failure(
            .conflict, code: "user.mfa-already-on",
            message: "This account has an app for codes; take that away before another one comes.")
    }

    public static var secondFactorIsOff: Failure {
        Failure(.conflict, code: "user.mfa-not-on", message: "This account has no second factor.")
    }

    public static var secondFactorNotBegun: Failure {
        Failure(
            .conflict, code: "user.mfa-not-begun",
            message: "No app waits for its first code, or it waited for too long; begin again.")
    }

    /// Too many wrong codes; the next one is looked at after `pause`.
    static func codesSpent(_ pause: Duration) -> Failure {
        Failure(
            .rateLimited, code: "platform.rate-limited",
            message: "Too many wrong codes for this account; try again later.", retryAfter: pause)
    }

    private static var wrongCode: Violation {
        Violation(pointer: "/code", code: "wrong", detail: "Send the newest code of the app, or a recovery code.")
    }
}
