import AuthKit
import ChatDomain
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird

extension CallerContext {
    /// What is no id names no room. Fails: `roomNotFound`.
    func roomID() throws(Failure) -> RoomID {
        guard let id = parameters.get("id").flatMap({ RoomID($0) }) else {
            throw Failure(.notFound, code: "chat.room-not-found", message: "There is no such room.")
        }
        return id
    }

    /// Fails: `messageNotFound`.
    func messageID() throws(Failure) -> MessageID {
        guard let id = parameters.get("message_id").flatMap({ MessageID($0) }) else {
            throw Failure(.notFound, code: "chat.message-not-found", message: "There is no such message in this room.")
        }
        return id
    }

    /// Fails: `invitationNotFound`.
    func invitationID() throws(Failure) -> InvitationID {
        guard let id = parameters.get("invitation_id").flatMap({ InvitationID($0) }) else {
            throw Failure(
                .notFound, code: "chat.invitation-not-found", message: "There is no such invitation to this room.")
        }
        return id
    }

    /// Fails: `memberNotFound`.
    func memberID() throws(Failure) -> UserID {
        guard let id = parameters.get("user_id").flatMap({ UserID($0) }) else {
            throw Failure(.notFound, code: "chat.member-not-found", message: "This user is not in the room.")
        }
        return id
    }
}

extension JSONResponse {
    init(_ status: HTTPResponse.Status, room: Room, headers: HTTPFields = [:]) {
        self.init(status, RoomBody(room: room), etag: RoomBody.etag(of: room), headers: headers)
    }

    init(added: AddedMember) {
        self.init(added.isNew ? .created : .ok, MemberBody(member: added.member))
    }
}
