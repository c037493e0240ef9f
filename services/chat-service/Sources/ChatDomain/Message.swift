public import DomainKit
public import Foundation

public typealias MessageID = ID<Message>

/// One entry of a room's log.
public struct Message: Sendable, Hashable {
    public let id: MessageID
    public let roomID: RoomID
    /// 1, 2, 3, ... without holes, the same for every reader.
    public let seq: Int64
    public let senderID: UserID
    public let clientID: ClientID
    public let body: MessageText
    public let sentAt: Date
    public let editedAt: Date?
    public let deletedAt: Date?
    public let replyTo: MessageID?

    public init(
        id: MessageID, roomID: RoomID, seq: Int64, senderID: UserID, clientID: ClientID, body: MessageText,
        sentAt: Date, editedAt: Date? = nil, deletedAt: Date? = nil, replyTo: MessageID? = nil
    ) {
        self.id = id
        self.roomID = roomID
        self.seq = seq
        self.senderID = senderID
        self.clientID = clientID
        self.body = body
        self.sentAt = sentAt
        self.editedAt = editedAt
        self.deletedAt = deletedAt
        self.replyTo = replyTo
    }
}

/// A message that has no place in the log yet.
public struct MessageDraft: Sendable, Hashable {
    public let id: MessageID
    public let roomID: RoomID
    public let senderID: UserID
    public let clientID: ClientID
    public let body: MessageText
    public let replyTo: MessageID?

    public init(
        id: MessageID, roomID: RoomID, senderID: UserID, clientID: ClientID, body: MessageText,
        replyTo: MessageID? = nil
    ) {
        self.id = id
        self.roomID = roomID
        self.senderID = senderID
        self.clientID = clientID
        self.body = body
        self.replyTo = replyTo
    }
}

/// What the log says of a draft: its place, which is durable by now.
public struct Receipt: Sendable, Hashable {
    /// Of the stored message: the draft's own, or that of the first draft with this `clientID`.
    public let messageID: MessageID
    public let seq: Int64
    public let sentAt: Date
    /// The message had been stored before; nothing was added.
    public let isRepeat: Bool

    public init(messageID: MessageID, seq: Int64, sentAt: Date, isRepeat: Bool) {
        self.messageID = messageID
        self.seq = seq
        self.sentAt = sentAt
        self.isRepeat = isRepeat
    }
}

extension Message {
    /// The message a draft became.
    public init(_ draft: MessageDraft, _ receipt: Receipt) {
        self.init(
            id: receipt.messageID, roomID: draft.roomID, seq: receipt.seq, senderID: draft.senderID,
            clientID: draft.clientID, body: draft.body, sentAt: receipt.sentAt, replyTo: draft.replyTo)
    }
}
