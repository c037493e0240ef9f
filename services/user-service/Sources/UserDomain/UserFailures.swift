public import DomainKit

/// Every failure of this service that is not the platform's.
extension Failure {
    public static var emailTaken: Failure {
        Failure(
            .conflict, code: "user.email-taken", message: "There is an account with this e-mail address.",
            violations: [Violation(pointer: "/email", code: "taken", detail: "Sign in, or use another address.")])
    }

    /// The same for an unknown address and a wrong password.
    public static var credentialsWrong: Failure {
        Failure(
            .unauthenticated, code: "user.credentials-wrong", message: "The e-mail address or the password is wrong.")
    }

    /// Told to those alone who know the password or hold a token of the account.
    static func banned(_ ban: Ban) -> Failure {
        Failure(
            .forbidden, code: "user.banned", message: "This account is banned.",
            extensions: ban.until.map { ["until": .text(RFC3339.string(from: $0))] } ?? [:])
    }

    /// Told to those alone who know the password.
    static var emailNotVerified: Failure {
        Failure(
            .forbidden, code: "user.email-not-verified",
            message: "Verify your e-mail address first: follow the link in the mail, or ask for another one.")
    }

    /// Not one of ours, for another purpose, used, replaced by a newer one, or too old: which of these, nobody is told.
    public static var mailTokenInvalid: Failure {
        Failure(
            .invalidInput, code: "user.mail-token-invalid",
            message: "This token is not valid any more; ask for another mail.",
            violations: [Violation(pointer: "/token", code: "invalid", detail: "Ask for another mail.")])
    }

    static var emailUnchanged: Failure {
        .invalid([Violation(pointer: "/email", code: "unchanged", detail: "The account has this address.")])
    }

    /// One mail of a kind a minute goes to an address.
    static var mailedJustNow: Failure {
        Failure(
            .rateLimited, code: "user.mailed-just-now", message: "A mail went out just now; try again in a minute.",
            retryAfter: .seconds(60))
    }

    /// Not one of ours, expired, or of a session that has ended.
    public static var refreshTokenInvalid: Failure {
        Failure(
            .unauthenticated, code: "user.refresh-token-invalid",
            message: "This refresh token is not valid; sign in again.")
    }

    /// The session has been ended, since somebody else may hold its tokens.
    public static var refreshTokenReused: Failure {
        Failure(
            .unauthenticated, code: "user.refresh-token-reused",
            message: "This refresh token was used before; its session has been ended. Sign in again.")
    }

    public static var userNotFound: Failure {
        Failure(.notFound, code: "user.not-found", message: "There is no such user.")
    }

    public static var sessionNotFound: Failure {
        Failure(.notFound, code: "user.session-not-found", message: "You have no such session.")
    }

    public static var passwordWrong: Failure { passwordWrong(at: "/current_password") }

    /// - Parameter pointer: where the password stands in the body.
    public static func passwordWrong(at pointer: String) -> Failure {
        Failure(
            .forbidden, code: "user.password-wrong", message: "The current password is wrong.",
            violations: [Violation(pointer: pointer, code: "wrong", detail: "This is not your password.")])
    }

    /// The same for a name that is nobody's and a wrong secret.
    static var serviceClientWrong: Failure {
        Failure(.unauthenticated, code: "user.service-client-wrong", message: "The client or its secret is wrong.")
    }

    /// Not one of the client's, or none at all.
    static var serviceScopeRefused: Failure {
        Failure(.invalidInput, code: "user.service-scope-refused", message: "The client may not have this scope.")
    }

    /// Too many wrong passwords; the next one is looked at after `pause`.
    static func guessesSpent(_ pause: Duration) -> Failure {
        Failure(
            .rateLimited, code: "platform.rate-limited",
            message: "Too many wrong passwords for this account; try again later.", retryAfter: pause)
    }

    /// The account behind a valid token is gone.
    public static var accountGone: Failure {
        Failure(
            .unauthenticated, code: "platform.unauthenticated", message: "The account of this token no longer exists.")
    }

    /// The account is not as the caller last saw it.
    public static var changedMeanwhile: Failure {
        Failure(
            .preconditionFailed, code: "platform.precondition-failed",
            message: "The account has changed since you read it; read it again.")
    }
}
