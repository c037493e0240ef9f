public import DomainKit

/// Shows a member what was said.
public struct ReadHistory<Rooms: RoomStore, Log: MessageLog>: Sendable {
    private let rooms: Rooms
    private let log: Log

    public init(rooms: Rooms, log: Log) {
        self.rooms = rooms
        self.log = log
    }

    /// At most `limit` messages in the order of `seq`, and whether the log has more of the range.
    ///
    /// Fails: `roomNotFound`, `notAMember`, `unavailable`.
    public func callAsFunction(
        of id: RoomID, _ range: HistoryRange, limit: Int, as viewer: Viewer
    ) async throws(Failure) -> (messages: [Message], hasMore: Bool) {
        _ = try await rooms.existing(id, for: viewer.id).membership()
        let messages = try await log.messages(in: id, range, limit: limit + 1)
        guard messages.count > limit else { return (messages, false) }
        switch range {
        case .after: return (Array(messages.prefix(limit)), true)
        case .before: return (Array(messages.suffix(limit)), true)
        }
    }
}
