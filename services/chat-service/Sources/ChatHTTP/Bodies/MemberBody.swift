import ChatDomain
import DomainKit
import HTTPKit

/// A member as REST shows it.
struct MemberBody: JSONWritable {
    let member: Member

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("room_id", member.roomID)
            $0.member("user_id", member.userID)
            $0.member("role", member.role.rawValue)
            $0.member("joined_at", member.joinedAt)
        }
    }
}

/// `PUT /v1/rooms/{id}/members/{user_id}`: without a role, a plain member.
struct MembershipBody: Decodable {
    let role: PatchField<String>

    func checked() throws(Failure) -> RoomRole {
        guard let text = role.value else { return .member }
        guard let role = RoomRole(rawValue: text) else {
            throw .invalid([
                Violation(pointer: "/role", code: "not-one-of", detail: "Must be `member`, `moderator` or `owner`.")
            ])
        }
        return role
    }
}
