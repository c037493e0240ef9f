public import DomainKit

/// Shows a member what was said.
public struct ReadHistory<Log: MessageLog>: Sendable {
    private let log: Log

    public init(log: Log) {
        self.log = log
    }

    /// At most `limit` messages in the order of `seq`, and whether the log has more of the range.
    ///
    /// Fails: `roomNotFound`, `notAMember`, `unavailable`.
    public func callAsFunction(
        of id: RoomID, _ range: HistoryRange, limit: Int, as viewer: Viewer
    ) async throws(Failure) -> (messages: [Message], hasMore: Bool) {
        guard let found = try await log.messages(in: id, range, limit: limit + 1, for: viewer) else {
            throw .roomNotFound(id)
        }
        _ = try found.standing.membership(of: id)
        let messages = found.messages
        guard messages.count > limit else { return (messages, false) }
        switch range {
        case .after: return (Array(messages.prefix(limit)), true)
        case .before: return (Array(messages.suffix(limit)), true)
        }
    }
}
