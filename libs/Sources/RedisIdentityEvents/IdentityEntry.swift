import DomainKit
import Foundation
import IdentityEvents
import NIOCore
import Redis

/// An event as the fields of a stream's entry: `seq, kind, user_id, session_id?, epoch, at`, and the tag.
enum IdentityEntry {
    static func fields(_ event: IdentityEvent) -> [(String, String)] {
        var fields = [
            ("seq", "\(event.seq)"), ("kind", event.kind.rawValue), ("user_id", event.userID.lowercased),
            ("epoch", "\(event.epoch)"), ("at", RFC3339.string(from: event.at)), ("tag", event.tag),
        ]
        if let session = event.sessionID { fields.append(("session_id", session.lowercased)) }
        return fields
    }

    /// Nil for an entry that is no event. Fields of later versions are left alone.
    static func read(_ entry: RedisStreamEntry) -> IdentityEvent? {
        func text(_ name: String) -> String? { entry.fields[name].map { String(buffer: $0) } }
        guard let seq = text("seq").flatMap({ Int64($0) }),
            let user = text("user_id").flatMap({ UUID(uuidString: $0) }),
            let epoch = text("epoch").flatMap({ Int64($0) }), let kind = text("kind"), let tag = text("tag"),
            let at = text("at").flatMap({ RFC3339.date(from: $0) })
        else { return nil }
        let session: UUID?
        if let name = text("session_id") {
            guard let id = UUID(uuidString: name) else { return nil }
            session = id
        } else {
            session = nil
        }
        return IdentityEvent(
            seq: seq, tag: tag, kind: IdentityEvent.Kind(rawValue: kind), userID: user, sessionID: session,
            epoch: epoch, at: at)
    }
}
