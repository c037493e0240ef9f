import DomainKit
import Foundation
import Postgres
import UserDomain

/// A mail that this replica is at.
struct WaitingMail: Sendable {
    let id: UUID
    /// That of this try: who has another one has lost the mail.
    let claim: UUID
    let kind: MailKind
    let email: String
    let name: String
    let language: Language
    let secret: Data?
    let createdAt: Date
    /// This one included.
    let tries: Int
    /// Earlier ones of which nobody knows whether they delivered it.
    let doubts: Int
    let isExpired: Bool
    /// Its token was used, replaced or taken back.
    let isVoid: Bool
    let facts: MailFacts

    static let columns: SQL = """
        m.id, m.claim, m.kind, m.email, m.name, m.locale, m.secret, m.created_at, m.tries, m.doubts, m.expires_at <= now(),
        m.digest IS NOT NULL AND NOT EXISTS (SELECT 1 FROM mail_tokens k WHERE k.digest = m.digest), m.facts::text
        """

    init(_ row: PostgresRow) throws {
        id = try row[0, as: UUID.self]
        claim = try row[1, as: UUID.self]
        let name = try row[2, as: String.self]
        guard let kind = MailKind(name: name) else { throw UnknownKind(name: name) }
        self.kind = kind
        email = try row[3, as: String.self]
        self.name = try row[4, as: String.self]
        language = Language(stored: try row[5, as: String.self])
        secret = try row[6, as: Data?.self]
        createdAt = try row[7, as: Date.self]
        tries = Int(try row[8, as: Int32.self])
        doubts = Int(try row[9, as: Int32.self])
        isExpired = try row[10, as: Bool.self]
        isVoid = try row[11, as: Bool.self]
        facts = MailFacts(stored: try row[12, as: String.self])
    }

    /// Cannot be: those are not asked for.
    struct UnknownKind: Error {
        let name: String
    }
}
