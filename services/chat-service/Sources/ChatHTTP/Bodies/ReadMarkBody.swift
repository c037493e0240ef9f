import ChatDomain
import DomainKit
import HTTPKit

struct ReadMarkBody: JSONWritable {
    let mark: ReadMark

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("user_id", mark.userID)
            $0.member("seq", mark.seq)
            $0.member("at", mark.at)
        }
    }
}

/// `PUT /v1/rooms/{id}/read`.
struct NewReadMarkBody: Decodable {
    let seq: Int64

    func checked() throws(Failure) -> Int64 {
        guard seq >= 0 else {
            throw .invalid([Violation(pointer: "/seq", code: "out-of-range", detail: "Must be an integer from 0.")])
        }
        return seq
    }
}

/// `GET /v1/me/unread`.
struct UnreadBody: JSONWritable {
    let rooms: [Unread]

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("items", rooms.map { Item(unread: $0) })
        }
    }

    private struct Item: JSONWritable {
        let unread: Unread

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("room_id", unread.roomID)
                $0.member("unread", Int64(unread.messages))
                $0.member("mentions", Int64(unread.mentions))
            }
        }
    }
}
