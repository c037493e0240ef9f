public import DomainKit

/// What accounts have so many of as the tier of their membership allows.
public enum ChatQuota: String, QuotaName {
    /// Rooms one owns.
    case rooms
    /// Sockets open at the same time.
    case sockets
}

public typealias ChatQuotas = TierQuotas<ChatQuota>

extension Failure {
    /// The caller owns as many rooms as their tier allows.
    public static func tooManyRooms(_ use: QuotaUse) -> Failure {
        .quotaExceeded("chat.quota-exceeded", ChatQuota.rooms, use)
    }

    /// The caller has as many sockets open as their tier allows. They come free again: by being closed, and those that broke
    /// without anybody noticing by their end.
    public static func tooManySockets(_ use: QuotaUse) -> Failure {
        Failure(
            .rateLimited, code: "chat.too-many-sockets",
            message: "As many sockets are open as your membership allows.",
            extensions: ["used": .number(use.used), "limit": .number(use.limit)], retryAfter: .seconds(5))
    }
}
