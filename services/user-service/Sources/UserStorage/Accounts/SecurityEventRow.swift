import DomainKit
import Foundation
import Postgres
import UserDomain

/// How it comes into `security_events` what an owner is told of: by the statement, or in the transaction, that does it. A trigger
/// posts the mail with the row.
enum SecurityEventRow {
    /// An `INSERT` of one event for each account in `accounts`, a relation with a column `id`. With none there, nothing is told.
    ///
    /// - Parameters:
    ///   - session: that of whoever does it, or the one it is done to.
    ///   - device: that of whoever does it.
    ///   - email: an expression over `accounts a`: where the mail goes, where that is not the account's address.
    static func insertion(
        _ kind: SecurityEvent.Kind, of accounts: SQL, session: SessionID? = nil, device: Device = Device(),
        to email: SQL = "NULL"
    ) -> SQL {
        """
        INSERT INTO security_events (kind, user_id, session_id, user_agent, address, email)
        SELECT \(kind.rawValue)::text, a.id, \(session?.uuid)::uuid, \(device.userAgent)::text, \(device.network)::text,
               \(sql: email)
        FROM \(sql: accounts) a
        """
    }

    static let columns: SQL = "e.id, replace(e.kind, '-', '_'), e.user_id, e.at, e.session_id, e.user_agent, e.address"

    /// Nil for a kind of a later version.
    static func read(_ row: PostgresRow) throws -> SecurityEvent? {
        guard let kind = SecurityEvent.Kind(rawValue: try row[1, as: String.self]) else { return nil }
        return SecurityEvent(
            id: try row[0, as: UUID.self], kind: kind, userID: UserID(try row[2, as: UUID.self]),
            at: try row[3, as: Date.self], sessionID: try row[4, as: UUID?.self].map { SessionID($0) },
            device: Device(userAgent: try row[5, as: String?.self], address: try row[6, as: String?.self]))
    }
}
