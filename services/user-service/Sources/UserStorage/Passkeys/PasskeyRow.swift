import DomainKit
import Foundation
import Postgres
import UserDomain
import WebAuthn

/// How a passkey is laid out in a row of `passkeys p`. Reading refuses nothing.
enum PasskeyRow {
    static let columns: SQL = """
        p.id, p.user_id, p.credential_id, p.public_key, p.signature_count, p.transports, p.is_backup_eligible,
        p.is_backed_up, p.model, p.is_discoverable, p.name, p.created_at, p.last_used_at
        """
    static let count = 13

    static func read(_ row: PostgresRow, from first: Int = 0) throws -> KeptPasskey {
        KeptPasskey(
            id: PasskeyID(try row[first, as: UUID.self]), userID: UserID(try row[first + 1, as: UUID.self]),
            passkey: Passkey(
                id: try row[first + 2, as: Data.self], publicKey: try row[first + 3, as: Data.self],
                signatureCount: UInt32(clamping: try row[first + 4, as: Int64.self]),
                transports: try row[first + 5, as: [String].self],
                isBackupEligible: try row[first + 6, as: Bool.self], isBackedUp: try row[first + 7, as: Bool.self],
                model: try row[first + 8, as: UUID.self], isDiscoverable: try row[first + 9, as: Bool?.self]),
            name: PasskeyName(stored: try row[first + 10, as: String.self]),
            createdAt: try row[first + 11, as: Date.self], lastUsedAt: try row[first + 12, as: Date?.self])
    }
}
