public import DomainKit

/// The port to the rooms' logs.
public protocol MessageLog: Sendable {
    typealias Reply = @Sendable (Result<Receipt, Failure>) -> Void

    /// Queues a draft and returns at once; `reply` is called once, from any thread, when the draft is durable or
    /// refused. Drafts for one room get their `seq` in the order they were queued here, and are answered in it.
    ///
    /// The same `clientID` of the same sender in the room within 24 h gets the first receipt again.
    /// Fails: `roomNotFound`, `notAMember`, `replyTargetNotFound`; `slowMode` for a plain member of such a room who has said
    /// something there less than so many seconds before, by the store's clock; `unavailable` when the store is away, and then the
    /// message may have been stored all the same: repeating it with its `clientID` is safe.
    func append(_ draft: MessageDraft, reply: @escaping Reply)
    /// In the order of `seq`, at most `limit`. Fails: `unavailable`.
    func messages(in room: RoomID, _ range: HistoryRange, limit: Int) async throws(Failure) -> [Message]
    /// The same for `viewer`, together with where they stand at that moment: who is no member gets no messages. Nil when
    /// there is no such room.
    func messages(
        in room: RoomID, _ range: HistoryRange, limit: Int, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, messages: [Message])?
    /// Gives a message another body, or (body nil) makes it a tombstone, if `caller` sent it and is in the room, or `rule` allows
    /// it: one step, which no other change of the room comes between. What it said before is kept apart. Fails: `unavailable`, and
    /// then the change may have been made all the same: repeating it is safe.
    func change(
        _ id: MessageID, in room: RoomID, to body: MessageText?, as caller: UserID, if rule: MessageRule
    ) async throws(Failure) -> MessageChangeOutcome
    /// Those of the room after `change`, whatever they concern, in their order, at most `limit`. One that a later version of this
    /// program made may be missing. Fails: `unavailable`.
    func changes(in room: RoomID, after change: Int64, limit: Int) async throws(Failure) -> [RoomChangeEntry]
}

/// Which messages of a log, and from which end they are taken when there are more than asked for.
public enum HistoryRange: Sendable, Hashable {
    /// The oldest of those after `seq` and, if given, before `before`.
    case after(Int64, before: Int64?)
    /// The newest of those before `seq`; nil is the end of the log.
    case before(Int64?)
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
