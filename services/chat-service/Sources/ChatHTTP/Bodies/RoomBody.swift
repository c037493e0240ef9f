import ChatDomain
import DomainKit
import HTTPKit

/// A room as REST shows it.
struct RoomBody: JSONWritable {
    let room: Room

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", room.id)
            $0.member("name", room.name.description)
            $0.member("kind", room.kind.rawValue)
            $0.member("owner_id", room.ownerID)
            $0.member("slow_mode_seconds", room.slowModeSeconds)
            $0.member("last_seq", room.lastSeq)
            $0.member("member_count", room.memberCount)
            $0.member("created_at", room.createdAt)
        }
    }

    /// Names all that is shown and can change: the settings' version, how many members there are, how far the log goes.
    static func etag(of room: Room) -> ETag {
        ETag("\(room.version)\(SettingsCondition.separator)\(room.memberCount).\(room.lastSeq)")
    }
}

/// `POST /v1/rooms`.
struct NewRoomBody: Decodable {
    let name: String
    let kind: String

    func checked() throws(Failure) -> (name: RoomName, kind: Room.Kind) {
        var check = Validation()
        let name = check("/name") { () throws(Violation) in try RoomName(self.name) }
        let kind = check("/kind") { () throws(Violation) in try Room.Kind(checking: self.kind) }
        try check.done()
        guard let name, let kind else { throw .invalid([]) }
        return (name, kind)
    }
}

/// `PATCH /v1/rooms/{id}`: what is left out stays.
struct RoomChangesBody: Decodable {
    let name: PatchField<String>
    let kind: PatchField<String>
    let slowModeSeconds: PatchField<Int>

    enum CodingKeys: String, CodingKey {
        case name, kind
        case slowModeSeconds = "slow_mode_seconds"
    }

    func checked() throws(Failure) -> RoomSettingsChange {
        var check = Validation()
        let name = self.name.value.flatMap { text in check("/name") { () throws(Violation) in try RoomName(text) } }
        let kind = self.kind.value.flatMap { text in
            check("/kind") { () throws(Violation) in try Room.Kind(checking: text) }
        }
        let slowMode = slowModeSeconds.value.flatMap { seconds in
            check("/slow_mode_seconds") { () throws(Violation) in try SlowMode(seconds: seconds) }
        }
        try check.done()
        return RoomSettingsChange(name: name, kind: kind, slowMode: slowMode)
    }
}
