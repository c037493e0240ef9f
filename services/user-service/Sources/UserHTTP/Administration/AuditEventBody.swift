import Encodings
import HTTPKit
import NIOCore
import UserDomain

/// One line of the audit trail.
struct AuditEventBody: JSONWritable {
    let record: AuditRecord

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", record.id)
            $0.member("seq", record.seq)
            $0.member("at", record.at)
            $0.member("actor_id", record.actorID)
            $0.member("actor", record.actor?.rawValue)
            $0.member("subject_id", record.subjectID)
            $0.member("action", record.action.rawValue)
            $0.member("reason", record.reason)
            $0.member("request_id", record.requestID)
            $0.member("before", Self.document(record.before))
            $0.member("after", Self.document(record.after))
            $0.member("names_removed", record.hasLostNames)
            $0.member("hash", Hexadecimal.encode(record.hash))
        }
    }

    /// Null for what is no JSON, which the database does not hold.
    private static func document(_ text: String?) -> JSONValue? {
        text.flatMap { try? JSONDecoding.decode(JSONValue.self, from: ByteBuffer(string: $0)) }
    }
}
