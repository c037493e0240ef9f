import DomainKit
import HTTPKit
import IdentityEvents

/// A page of what makes tokens void.
struct RevocationPageBody: JSONWritable {
    let page: IdentityPage

    func write(to json: inout JSONWriter) {
        json.object { body in
            body.member(
                "items",
                array: { list in
                    for event in page.events { list.element(EventBody(event: event)) }
                })
            body.member("next", page.next.description)
        }
    }

    private struct EventBody: JSONWritable {
        let event: IdentityEvent

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("seq", event.seq)
                $0.member("tag", event.tag)
                $0.member("kind", event.kind.rawValue)
                $0.member("user_id", event.userID)
                if let session = event.sessionID { $0.member("session_id", session) }
                $0.member("epoch", event.epoch)
                $0.member("at", event.at)
            }
        }
    }
}
