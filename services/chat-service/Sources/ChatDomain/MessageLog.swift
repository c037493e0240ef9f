public import DomainKit

/// The port to the rooms' logs.
public protocol MessageLog: Sendable {
    typealias Reply = @Sendable (Result<Receipt, Failure>) -> Void

    /// Queues a draft and returns at once; `reply` is called once, from any thread, when the draft is durable or
    /// refused. Drafts for one room get their `seq` in the order they were queued here, and are answered in it.
    ///
    /// The same `clientID` of the same sender in the room within 24 h gets the first receipt again.
    /// Fails: `roomNotFound`, `notAMember`, `replyTargetNotFound`; `unavailable` when the store is away, and then the
    /// message may have been stored all the same: repeating it with its `clientID` is safe.
    func append(_ draft: MessageDraft, reply: @escaping Reply)
    /// In the order of `seq`, at most `limit`. Fails: `unavailable`.
    func messages(in room: RoomID, _ range: HistoryRange, limit: Int) async throws(Failure) -> [Message]
}

extension MessageLog {
    /// `append` for callers that wait. Cancelling does not take the draft back.
    public func append(_ draft: MessageDraft) async throws(Failure) -> Receipt {
        let result = await withCheckedContinuation { continuation in
            append(draft) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
