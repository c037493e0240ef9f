import DomainKit
import HTTPKit
import UserDomain

/// One of the things the caller is told of.
struct SecurityEventBody: JSONWritable {
    let event: SecurityEvent

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", event.id.lowercased)
            $0.member("kind", event.kind.rawValue)
            $0.member("at", event.at)
            $0.member("session_id", event.sessionID)
            $0.member("device", event.device.name)
            $0.member("user_agent", event.device.userAgent)
            $0.member("network", event.device.network)
        }
    }
}
