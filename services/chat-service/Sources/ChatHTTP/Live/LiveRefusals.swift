import ChatDomain
import DomainKit
import WebSocketKit

/// What only a socket can get wrong.
extension Failure {
    static let originNotAllowed = Failure(
        .forbidden, code: "chat.origin-not-allowed", message: "Pages from this origin may not open a chat socket.")

    static let handshakeNeeded = Failure(
        .invalidInput, code: "chat.handshake-needed", message: "This address opens WebSockets and nothing else.")

    static let noParameters = Failure.invalid([
        Violation(pointer: "?", code: "unknown-parameter", detail: "A socket is opened without parameters.")
    ])

    static let subprotocolNotSpoken = Failure(
        .invalidInput, code: "chat.subprotocol-not-spoken", message: "This socket speaks \(LiveService.subprotocol).",
        violations: [
            Violation(
                pointer: "", code: "subprotocol",
                detail: "Sec-WebSocket-Protocol must list \(LiveService.subprotocol), or be left out.")
        ])

    /// A socket stays with the user it began with.
    static let foreignToken = Failure(
        .forbidden, code: "chat.foreign-token", message: "This token belongs to another user; open a new socket.")

    static func tooManySubscriptions(limit: Int) -> Failure {
        Failure(
            .conflict, code: "chat.too-many-subscriptions",
            message: "One socket may listen to at most \(limit) rooms.")
    }

    static func subscriptionReplaced(_ room: RoomID) -> Failure {
        Failure(
            .conflict, code: "chat.subscription-replaced",
            message: "The subscription was taken back or replaced before it was there."
        ).noting("room_id", room)
    }
}

/// Why a chat socket is closed (contract §4.1).
extension WebSocketCloseCode {
    static let badFrame = WebSocketCloseCode(4400)
    static let tokenMissingOrExpired = WebSocketCloseCode(4401)
    static let banned = WebSocketCloseCode(4403)
    static let tooSlow = WebSocketCloseCode(4408)
    static let flooding = WebSocketCloseCode(4429)
}
