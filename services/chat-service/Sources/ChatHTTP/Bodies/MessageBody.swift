import ChatDomain
import DomainKit
import HTTPKit

/// A message as REST shows it.
struct MessageBody: JSONWritable {
    let message: Message

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", message.id)
            $0.member("room_id", message.roomID)
            $0.member("seq", message.seq)
            $0.member("sender_id", message.senderID)
            $0.member("client_id", message.clientID.description)
            // A tombstone says nothing.
            $0.member("body", message.deletedAt == nil ? message.body.description : nil)
            $0.member("sent_at", message.sentAt)
            $0.member("edited_at", message.editedAt)
            $0.member("deleted_at", message.deletedAt)
            $0.member("reply_to", message.replyTo)
        }
    }
}

/// `POST /v1/rooms/{id}/messages`.
struct NewMessageBody: Decodable {
    let clientID: String
    let body: String
    let replyTo: MessageID?

    enum CodingKeys: String, CodingKey {
        case clientID = "client_id"
        case body
        case replyTo = "reply_to"
    }

    func checked() throws(Failure) -> (clientID: ClientID, body: MessageText) {
        var check = Validation()
        let clientID = check("/client_id") { () throws(Violation) in try ClientID(self.clientID) }
        let body = check("/body") { () throws(Violation) in try MessageText(self.body) }
        try check.done()
        guard let clientID, let body else { throw .invalid([]) }
        return (clientID, body)
    }
}

/// `PATCH /v1/rooms/{id}/messages/{message_id}`.
struct MessageEditBody: Decodable {
    let body: String

    func checked() throws(Failure) -> MessageText {
        var check = Validation()
        let body = check("/body") { () throws(Violation) in try MessageText(self.body) }
        try check.done()
        guard let body else { throw .invalid([]) }
        return body
    }
}
