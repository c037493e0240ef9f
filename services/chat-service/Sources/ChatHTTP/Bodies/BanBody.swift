import ChatDomain
import DomainKit
import Foundation
import HTTPKit

/// A ban as those who look after the room see it.
struct BanBody: JSONWritable {
    let ban: Ban

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("room_id", ban.roomID)
            $0.member("user_id", ban.userID)
            $0.member("reason", ban.reason.description)
            $0.member("until", ban.until)
            $0.member("by", ban.by)
            $0.member("at", ban.at)
        }
    }
}

/// `PUT /v1/rooms/{id}/bans/{user_id}`.
struct NewBanBody: Decodable {
    let reason: String
    /// Without one the ban stays until it is lifted.
    let until: Date?

    func checked() throws(Failure) -> BanReason {
        var check = Validation()
        let reason = check("/reason") { () throws(Violation) in try BanReason(self.reason) }
        try check.done()
        guard let reason else { throw .invalid([]) }
        return reason
    }
}
