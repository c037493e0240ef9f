import DomainKit
import Foundation
import Postgres
import UserDomain

/// How a session is laid out in a row of `sessions s`. The column `address` has the network; programs of before wrote whole
/// addresses, which are shortened here and go with their sessions.
enum SessionRow {
    static let columns: SQL = """
        s.id, s.user_id, s.created_at, s.last_used_at, s.expires_at, s.user_agent, s.address, s.amr,
        s.authenticated_at
        """
    static let count = 9

    /// For a `SET` of `sessions`: the method was shown in it now, beside what was before.
    static func showing(_ method: AuthenticationMethod) -> SQL {
        """
        amr = ARRAY(SELECT unnest(amr) UNION SELECT \(method.rawValue)::text ORDER BY 1), authenticated_at = now()
        """
    }

    static func read(_ row: PostgresRow) throws -> Session {
        Session(
            id: SessionID(try row[0, as: UUID.self]), userID: UserID(try row[1, as: UUID.self]),
            createdAt: try row[2, as: Date.self], lastUsedAt: try row[3, as: Date.self],
            expiresAt: try row[4, as: Date.self],
            device: Device(userAgent: try row[5, as: String?.self], address: try row[6, as: String?.self]),
            methods: Set(stored: try row[7, as: [String].self]), authenticatedAt: try row[8, as: Date.self])
    }

    /// The session, its chain, the time, then its user.
    static func readGrant(_ row: PostgresRow) throws -> SessionGrant {
        SessionGrant(
            session: try read(row),
            chain: RefreshChain(
                generation: UInt32(truncatingIfNeeded: try row[count, as: Int64.self]),
                digest: try row[count + 1, as: Data.self], spentAt: try row[count + 2, as: [Date].self]),
            user: try UserRow.read(row, from: count + 4), now: try row[count + 3, as: Date.self])
    }
}

extension Set<AuthenticationMethod> {
    /// In a fixed order, so that equal sets are equal rows and tokens.
    var stored: [String] { map(\.rawValue).sorted() }

    /// One that this version does not know proves nothing, and stays where it is stored.
    init(stored names: [String]) {
        self = Set(names.compactMap(AuthenticationMethod.init))
    }
}
