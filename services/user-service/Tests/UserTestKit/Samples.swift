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

extension User {
    /// The account after as many changes that void its tokens.
    public func after(_ changes: Int64) -> User {
        var user = self
        user.epoch += changes
        return user
    }
}

extension SessionOpening {
    /// A session of an account with the hash `$1`, as sign-in opens it, on a device unlike any other.
    public static func sample(
        of user: UserID, id: UUID = SystemIDSource().ordered(), life: Duration = .seconds(3_600),
        chain: RefreshChain = .sample(), checked: PasswordHash = PasswordHash(phc: "$1"), epoch: Int64 = 0,
        strengthened: PasswordHash? = nil, mark: DeviceMark = ToySecrets().first(),
        secondFactor: SecondFactorID? = nil, methods: Set<AuthenticationMethod> = [.password],
        passkey: PasskeyID? = nil
    ) -> SessionOpening {
        SessionOpening(
            id: SessionID(id), userID: user, device: Device(userAgent: "test/1.0", address: "192.0.2.1"), chain: chain,
            life: life, checked: checked, epoch: epoch, strengthened: strengthened, mark: mark,
            secondFactor: secondFactor, methods: methods, passkey: passkey)
    }
}

extension RefreshChain {
    public static func sample(_ generation: UInt32 = 0, spentAt: [Date] = []) -> RefreshChain {
        RefreshChain(generation: generation, digest: ToySecrets().first(), spentAt: spentAt)
    }
}

extension RefreshChain.Step {
    /// What follows a chain of generation `generation - 1`, with a secret unlike any other.
    public static func sample(_ generation: UInt32) -> RefreshChain.Step {
        RefreshChain.Step(generation: generation, digest: ToySecrets().first(), earlier: [])
    }
}

extension UUID {
    /// Ids that sort in the order in which they are returned, unlike those of any other call.
    public static func ascending(_ count: Int) -> [UUID] {
        let base = UUID().uuid
        return (0..<UInt32(count)).map { index in
            var bytes = base
            withUnsafeMutableBytes(of: &bytes) { $0.storeBytes(of: index.bigEndian, toByteOffset: 12, as: UInt32.self) }
            return UUID(uuid: bytes)
        }
    }
}
