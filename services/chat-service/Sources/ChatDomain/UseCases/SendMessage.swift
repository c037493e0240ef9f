public import DomainKit

/// Says something in a room: the one way in for REST and for the socket.
///
/// Stores first, announces after: nobody sees a message that a crash could take back, and nobody is told "stored"
/// before it is. The log itself checks that the sender is a member, in the transaction that gives the message its
/// place, so that a send costs one round trip shared with all sends under way.
public struct SendMessage<Log: MessageLog, Events: RoomEvents, Rights: RoomRights>: Sendable {
    private let log: Log
    private let events: Events
    private let rights: Rights
    private let ids: any IDSource

    public init(log: Log, events: Events, rights: Rights, ids: any IDSource) {
        self.log = log
        self.events = events
        self.rights = rights
        self.ids = ids
    }

    /// Whether the caller may speak at all, for callers that cannot wait: nil where `requireRight` has to be asked.
    public func rightAsKnown(of caller: UserID) -> Result<Void, Failure>? { rights.speakingAsKnown(caller) }

    /// So that it is known by the time the caller says something.
    public func expect(_ caller: UserID) { rights.expectSpeaking(caller) }

    /// Fails: `speechNotAllowed`, `user.banned`, `unavailable`.
    public func requireRight(of caller: UserID) async throws(Failure) { try await rights.requireSpeaking(caller) }

    /// Says it for a caller whose right has been asked for. Returns at once; `reply` is called once, from any thread. Two
    /// calls one after the other for the same room keep their order in the log.
    ///
    /// Fails: `roomNotFound`, `notAMember`, `replyTargetNotFound`, `slowMode`, `unavailable`.
    public func callAsFunction(
        _ body: MessageText, clientID: ClientID, replyTo: MessageID? = nil, in room: RoomID, as caller: UserID,
        reply: @escaping MessageLog.Reply
    ) {
        let draft = MessageDraft(
            id: MessageID(ids.ordered()), roomID: room, senderID: caller, clientID: clientID, body: body,
            replyTo: replyTo)
        log.append(draft) { [events] result in
            reply(result)
            guard case .success(let receipt) = result else { return }
            events.announce(receipt.isRepeat ? receipt.reminder(of: room) : .message(Message(draft, receipt)))
        }
    }

    /// For callers that wait: asks for the right, says it, and returns the stored message and whether it had been stored
    /// before.
    ///
    /// Fails: `speechNotAllowed`, `user.banned`, and as above.
    public func callAsFunction(
        _ body: MessageText, clientID: ClientID, replyTo: MessageID? = nil, in room: RoomID, as caller: UserID
    ) async throws(Failure) -> (message: Message, isRepeat: Bool) {
        try await requireRight(of: caller)
        let draft = MessageDraft(
            id: MessageID(ids.ordered()), roomID: room, senderID: caller, clientID: clientID, body: body,
            replyTo: replyTo)
        let receipt = try await log.append(draft)
        guard receipt.isRepeat else {
            let message = Message(draft, receipt)
            events.announce(.message(message))
            return (message, false)
        }
        events.announce(receipt.reminder(of: room))
        let first = try await log.messages(in: room, .after(receipt.seq - 1, before: nil), limit: 1)
        guard let message = first.first, message.id == receipt.messageID else { throw .roomNotFound(room) }
        return (message, true)
    }
}

extension Receipt {
    /// The first call may have stored the message and died before it announced it.
    fileprivate func reminder(of room: RoomID) -> RoomEvent { .logReached(room, seq: seq) }
}
