public import DomainKit

/// Takes back what was said: the message keeps its place, and says nothing any more.
public struct DeleteMessage<Log: MessageLog, Events: RoomEvents>: Sendable {
    private let log: Log
    private let events: Events

    public init(log: Log, events: Events) {
        self.log = log
        self.events = events
    }

    /// Its sender, who looks after the room and who looks after the platform may; twice is as good as once.
    ///
    /// Fails: `roomNotFound`, `notAMember`, `messageNotFound`, `roleTooLow`, `unavailable`.
    public func callAsFunction(_ id: MessageID, in room: RoomID, as viewer: Viewer) async throws(Failure) {
        switch try await log.change(id, in: room, to: nil, as: viewer.id, if: .deleting(as: viewer)) {
        case .made(let change): events.announce(.messageChanged(change))
        case .unchanged, .deleted: return
        case .hidden: throw .roomNotFound(room)
        case .notAMember: throw .notAMember(of: room)
        case .noSuchMessage: throw .messageNotFound(id, in: room)
        case .refused: throw .roleTooLow(in: room)
        }
    }
}
