public import DomainKit
public import Foundation
public import UserDomain

// Changes that people make to their own accounts, in no request.

extension UserStore {
    public func insert(_ user: User, hash: PasswordHash, mail: AskedMail? = nil) async throws -> User {
        try await insert(user, hash: hash, mail: mail, by: AuditAuthor(account: user.id, requestID: nil))
    }

    public func changePassword(
        of id: UserID, from old: PasswordHash, to new: PasswordHash, keeping kept: SessionID?
    ) async throws -> AccountChange {
        try await changePassword(
            of: id, from: old, to: new, keeping: kept, by: AuditAuthor(account: id, requestID: nil), on: Device())
    }

    public func changePassword(
        of id: UserID, from old: PasswordHash, to new: PasswordHash, keeping kept: SessionID?, by author: AuditAuthor
    ) async throws -> AccountChange {
        try await changePassword(of: id, from: old, to: new, keeping: kept, by: author, on: Device())
    }

    public func erase(_ id: UserID, ifVersion version: Int) async throws -> AccountChange {
        try await erase(id, ifVersion: version, by: AuditAuthor(account: id, requestID: nil))
    }
}

extension SessionStore {
    public func endAll(of user: UserID, except kept: SessionID?) async throws {
        try await endAll(of: user, except: kept, by: AuditAuthor(account: user, requestID: nil))
    }
}

extension EmailProofs {
    public func resetPassword(
        _ token: Data, of user: UserID, to hash: PasswordHash, by author: AuditAuthor
    ) async throws -> Bool {
        try await resetPassword(token, of: user, to: hash, by: author, on: Device())
    }
}

extension ActingOwner {
    /// Somebody at a device of their own, in a session or in none.
    public static func sample(_ id: UserID, in session: SessionID? = nil) -> ActingOwner {
        ActingOwner(
            id: id, session: session, authenticatedAt: nil, requestID: "r",
            device: Device(userAgent: "curl/8.0", address: "192.0.2.7"))
    }
}
