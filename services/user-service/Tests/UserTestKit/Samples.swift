public import DomainKit
public import Foundation
public import UserDomain

extension User {
    /// An account as it is right after sign-up, unlike any other.
    public static func sample(at now: Date = Date(timeIntervalSince1970: 1_800_000_000)) throws -> User {
        let id = UUID()
        return User(
            id: UserID(id), email: try EmailAddress("\(id.lowercased)@example.com"),
            displayName: try DisplayName("花子 \(id.lowercased.prefix(4))"), createdAt: now, updatedAt: now)
    }
}

extension Session {
    public static func sample(
        of user: UserID, at now: Date = Date(timeIntervalSince1970: 1_800_000_000),
        id: UUID = SystemIDSource().ordered(),
        life: Double = 3_600
    ) -> Session {
        Session(
            id: SessionID(id), userID: user, createdAt: now, lastUsedAt: now, expiresAt: now + life,
            device: Device(userAgent: "test/1.0", address: "192.0.2.1"))
    }
}

extension UUID {
    /// Ids that sort in the order in which they are returned, unlike those of any other call.
    static func ascending(_ count: Int) -> [UUID] {
        let base = UUID().uuid
        return (0..<UInt32(count)).map { index in
            var bytes = base
            withUnsafeMutableBytes(of: &bytes) { $0.storeBytes(of: index.bigEndian, toByteOffset: 12, as: UInt32.self) }
            return UUID(uuid: bytes)
        }
    }
}
