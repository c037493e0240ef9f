import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import WebSocketKit

/// What the server says on the socket (contract §4.1).
enum ServerFrame: JSONWritable {
    case authenticated(FrameID, userID: UserID, connectionID: UUID, expiresAt: Date)
    case subscribed(FrameID, RoomPosition, membersOnline: Int)
    case sent(FrameID, Receipt)
    case ok(FrameID)
    case error(FrameID?, Problem)
    case message(Message)
    case messageChanged(MessageChange)
    case resync(RoomID, RoomPosition)
    case notice(RoomNotice)
    case memberGone(RoomID, UserID)
    case roomDeleted(RoomID)
    case typing(RoomID, UserID)
    case read(ReadMark)
    case tokenExpiring(Date)
    case drain(reconnectAfterMilliseconds: Int)

    init(_ entry: RoomChangeEntry) {
        self =
            switch entry {
            case .message(let change): .messageChanged(change)
            case .room(let notice): .notice(notice)
            }
    }

    var encoded: EncodedFrame { EncodedFrame(text: JSONWriter.buffer(of: self)) }

    func write(to json: inout JSONWriter) {
        json.object { frame in
            switch self {
            case .message(let message): message.writeFrame(to: &frame)
            case .messageChanged(let change): change.writeFrame(to: &frame)
            case .authenticated, .subscribed, .sent, .ok, .error: writeAnswer(to: &frame)
            default: writeNotice(to: &frame)
            }
        }
    }

    private func writeAnswer(to frame: inout JSONWriter) {
        switch self {
        case .authenticated(let id, let userID, let connectionID, let expiresAt):
            frame.ok(id)
            frame.member("user_id", userID)
            frame.member("connection_id", connectionID)
            frame.member("expires_at", expiresAt)
        case .subscribed(let id, let position, let membersOnline):
            frame.ok(id)
            frame.members(position)
            frame.member("members_online", membersOnline)
        case .sent(let id, let receipt):
            frame.ok(id)
            frame.member("message_id", receipt.messageID)
            frame.member("seq", receipt.seq)
            frame.member("sent_at", receipt.sentAt)
        case .ok(let id):
            frame.ok(id)
        case .error(let id, let problem):
            frame.member("op", "error")
            frame.member("id", id)
            frame.member("problem", problem)
        default: break
        }
    }

    private func writeNotice(to frame: inout JSONWriter) {
        switch self {
        case .resync(let room, let position):
            frame.member("op", "resync")
            frame.member("room_id", room)
            frame.members(position)
        case .notice(let notice): notice.writeFrame(to: &frame)
        case .memberGone(let room, let user):
            frame.roomNotice("member_left", room)
            frame.member("user_id", user)
        case .roomDeleted(let room):
            frame.roomNotice("deleted", room)
        case .typing(let room, let user):
            frame.member("op", "typing")
            frame.member("room_id", room)
            frame.member("user_id", user)
        case .read(let mark):
            frame.member("op", "read")
            frame.member("room_id", mark.roomID)
            frame.member("user_id", mark.userID)
            frame.member("seq", mark.seq)
        case .tokenExpiring(let at):
            frame.member("op", "token_expiring")
            frame.member("expires_at", at)
        case .drain(let milliseconds):
            frame.member("op", "drain")
            frame.member("reconnect_after_ms", milliseconds)
        default: break
        }
    }
}

extension JSONWriter {
    fileprivate mutating func ok(_ id: FrameID) {
        member("op", "ok")
        member("id", id)
    }

    fileprivate mutating func members(_ position: RoomPosition) {
        member("last_seq", position.seq)
        member("last_change", position.change)
    }

    mutating func roomNotice(_ event: String, _ room: RoomID) {
        member("op", "room")
        member("event", event)
        member("room_id", room)
    }
}

extension FrameID: JSONWritable {
    func write(to json: inout JSONWriter) {
        switch self {
        case .number(let number): number.write(to: &json)
        case .text(let text): text.write(to: &json)
        }
    }
}

extension Message {
    /// What may change later, or is seldom there, is left out until it has something to say: this is the frame that
    /// goes out a thousand times.
    fileprivate func writeFrame(to frame: inout JSONWriter) {
        frame.member("op", "message")
        frame.member("room_id", roomID)
        frame.member("seq", seq)
        frame.member("id", id)
        frame.member("sender_id", senderID)
        frame.member("client_id", clientID.description)
        frame.member("body", deletedAt == nil ? body.description : nil)
        frame.member("sent_at", sentAt)
        if let replyTo { frame.member("reply_to", replyTo) }
        if let editedAt { frame.member("edited_at", editedAt) }
        if let deletedAt { frame.member("deleted_at", deletedAt) }
    }
}

extension MessageChange {
    fileprivate func writeFrame(to frame: inout JSONWriter) {
        frame.member("op", message.deletedAt == nil ? "message_edited" : "message_deleted")
        frame.member("room_id", message.roomID)
        frame.member("id", message.id)
        frame.member("seq", message.seq)
        frame.member("change", change)
        if let deletedAt = message.deletedAt {
            frame.member("deleted_at", deletedAt)
        } else {
            frame.member("sender_id", message.senderID)
            frame.member("body", message.body.description)
            frame.member("edited_at", message.editedAt)
        }
    }
}

extension RoomSignal {
    /// The event as it travels and as it is shown: encoded once, here.
    init(_ event: RoomEvent) {
        switch event {
        case .message(let message):
            self.init(
                .message, roomID: message.roomID, seq: message.seq,
                frame: JSONWriter.bytes(of: ServerFrame.message(message)))
        case .logReached(let room, let seq):
            self.init(.reached, roomID: room, seq: seq)
        case .changesReached(let room, let change):
            self.init(.changesReached, roomID: room, seq: change)
        case .messageChanged(let change):
            self.init(
                .change, roomID: change.message.roomID, seq: change.change, messageSeq: change.message.seq,
                frame: JSONWriter.bytes(of: ServerFrame.messageChanged(change)))
        case .notice(let notice):
            self.init(
                notice.departed == nil ? .room : .removal, roomID: notice.roomID, seq: notice.change,
                userID: notice.departed, frame: JSONWriter.bytes(of: ServerFrame.notice(notice)))
        case .memberGone(let room, let user):
            self.init(
                .removal, roomID: room, userID: user, frame: JSONWriter.bytes(of: ServerFrame.memberGone(room, user)))
        case .roomDeleted(let room):
            self.init(.closure, roomID: room, frame: JSONWriter.bytes(of: ServerFrame.roomDeleted(room)))
        case .read(let mark):
            self.init(
                .read, roomID: mark.roomID, userID: mark.userID, frame: JSONWriter.bytes(of: ServerFrame.read(mark)))
        case .typing(let room, let user):
            self.init(
                .typing, roomID: room, userID: user, frame: JSONWriter.bytes(of: ServerFrame.typing(room, user)))
        }
    }
}
