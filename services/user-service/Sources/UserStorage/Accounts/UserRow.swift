import DomainKit
import Foundation
import Postgres
import UserDomain

/// How an account is laid out in a row of `users u`. Reading refuses nothing: rules may have changed since it was written.
enum UserRow {
    static let columns: SQL = """
        u.id, u.email, u.display_name, u.roles, u.is_email_verified, u.version, u.created_at, u.updated_at, u.epoch, u.locale,
        \(sql: StandingRow.columns)
        """
    static let count = 10 + StandingRow.count

    /// - Parameter first: where in the row the account's columns begin.
    static func read(_ row: PostgresRow, from first: Int = 0) throws -> User {
        var user = User(
            id: UserID(try row[first, as: UUID.self]),
            email: EmailAddress(stored: try row[first + 1, as: String.self]),
            displayName: DisplayName(stored: try row[first + 2, as: String.self]),
            roles: Set(stored: try row[first + 3, as: [String].self]),
            isEmailVerified: try row[first + 4, as: Bool.self],
            version: Int(try row[first + 5, as: Int32.self]),
            createdAt: try row[first + 6, as: Date.self],
            updatedAt: try row[first + 7, as: Date.self],
            epoch: try row[first + 8, as: Int64.self],
            language: Language(stored: try row[first + 9, as: String.self]))
        try StandingRow.read(row, from: first + 10, into: &user)
        return user
    }

    /// What `readCredentials` reads: with whether the account knows `device`.
    static func credentials(device: DeviceMark?) -> SQL {
        """
        \(sql: columns), u.password_hash,
        EXISTS (SELECT 1 FROM devices d WHERE d.user_id = u.id AND d.digest = \(device)::bytea
                AND d.last_seen_at > now() - \(DeviceToken.days) * interval '1 day'),
        u.second_factor
        """
    }
    static let credentialsCount = count + 3

    static func readCredentials(_ row: PostgresRow) throws -> Credentials {
        Credentials(
            user: try read(row), hash: PasswordHash(phc: try row[count, as: String.self]),
            isDeviceKnown: try row[count + 1, as: Bool.self],
            secondFactor: try row[count + 2, as: UUID?.self].map { SecondFactorID($0) })
    }

    /// - Parameter row: of `PostgresAccounts.outcome`.
    static func readChange(_ row: PostgresRow?) throws -> AccountChange {
        guard let row else { return .gone }
        return try row[0, as: UUID?.self] == nil ? .stale : .made(read(row))
    }
}

extension Set<Role> {
    /// In a fixed order, so that equal sets are equal rows.
    var stored: [String] { map(\.rawValue).sorted() }

    /// A role this version does not know gives no rights, and stays where it is stored.
    init(stored names: [String]) {
        self = Set(names.compactMap(Role.init))
    }
}
