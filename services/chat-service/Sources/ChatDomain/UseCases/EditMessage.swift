public import DomainKit

/// Says something else than was said; the message keeps its place, and those who listen hear of it.
public struct EditMessage<Log: MessageLog, Events: RoomEvents, Rights: RoomRights>: Sendable {
    private let log: Log
    private let events: Events
    private let rights: Rights

    public init(log: Log, events: Events, rights: Rights) {
        self.log = log
        self.events = events
        self.rights = rights
    }

    /// Returns the message as it is now; the same body again changes nothing. Cancelling takes nothing back.
    ///
    /// Fails: `speechNotAllowed`, `user.banned`, `roomNotFound`, `notAMember`, `messageNotFound`, `messageDeleted`, `notTheSender`,
    /// `unavailable`.
    public func callAsFunction(
        _ id: MessageID, in room: RoomID, to body: MessageText, as caller: UserID
    ) async throws(Failure) -> Message {
        // Else who may not speak could say it in what they said before.
        try await rights.requireSpeaking(caller)
        switch try await log.change(id, in: room, to: body, as: caller, if: .editing) {
        case .made(let change):
            events.announce(.messageChanged(change))
            return change.message
        case .unchanged(let message): return message
        case .hidden: throw .roomNotFound(room)
        case .notAMember: throw .notAMember(of: room)
        case .noSuchMessage: throw .messageNotFound(id, in: room)
        case .deleted: throw .messageDeleted(id, in: room)
        case .refused: throw .notTheSender(of: id, in: room)
        }
    }
}
