import ChatDomain
import DomainKit
import HTTPKit

extension RoomNotice {
    func writeFrame(to frame: inout JSONWriter) {
        frame.roomNotice(event.name, roomID)
        frame.member("change", change)
        switch event {
        case .memberJoined(let user, let role, let by), .roleChanged(let user, let role, let by):
            frame.concerns(user, by: by)
            frame.member("role", role.rawValue)
        case .memberLeft(let user): frame.concerns(user, by: nil)
        case .memberRemoved(let user, let by), .ownerChanged(let user, let by), .banLifted(let user, let by):
            frame.concerns(user, by: by)
        case .memberBanned(let user, let until, let by):
            frame.concerns(user, by: by)
            if let until { frame.member("until", until) }
        case .settingsChanged(let settings):
            frame.member("name", settings.name.description)
            frame.member("kind", settings.kind.rawValue)
            frame.member("slow_mode_seconds", settings.slowModeSeconds)
        }
    }
}

extension RoomNotice.Event {
    fileprivate var name: String {
        switch self {
        case .memberJoined: "member_joined"
        case .memberLeft: "member_left"
        case .memberRemoved: "member_removed"
        case .roleChanged: "role_changed"
        case .ownerChanged: "owner_changed"
        case .memberBanned: "member_banned"
        case .banLifted: "ban_lifted"
        case .settingsChanged: "settings_changed"
        }
    }
}

extension JSONWriter {
    fileprivate mutating func concerns(_ user: UserID, by: UserID?) {
        member("user_id", user)
        if let by { member("by", by) }
    }
}
