public import DomainKit

extension Failure {
    /// Whoever asks was an admin when the token was issued, and is none any more, or banned.
    public static var notAnAdmin: Failure {
        Failure(.forbidden, code: "user.not-an-admin", message: "You are not an administrator any more.")
    }

    /// An admin's token that an event has made void, or whose session has ended; a new one would do.
    static var tokenVoid: Failure {
        Failure(.unauthenticated, code: "platform.unauthenticated", message: "This token is void; get a new one.")
    }

    /// Without any nobody could make another one.
    public static var lastAdmin: Failure {
        Failure(
            .conflict, code: "user.last-admin",
            message: "This is the last administrator, who cannot be removed, banned or deprived of the role.")
    }

    public static var ownBan: Failure {
        Failure(.conflict, code: "user.own-ban", message: "You cannot ban yourself.")
    }
}
