import DomainKit
public import UserDomain

/// Argon2id through libsodium, on lanes of its own.
public final class Argon2PasswordHasher: PasswordHasher {
    private static let hashLength = 32

    private let effort: Argon2Effort
    private let lanes: HashLanes
    /// What passwords of unknown accounts are checked against: it takes the same time, and nothing matches.
    private let decoy: PHCString
    private let refusals: EqualRefusals

    /// - Parameter waiting: how many may wait for a lane before others are turned away.
    public init(effort: Argon2Effort, lanes: Int, waiting: Int) {
        self.effort = effort
        self.lanes = HashLanes(count: lanes, waiting: waiting)
        refusals = EqualRefusals(wanted: effort)
        decoy = PHCString(
            effort: effort, salt: Self.randomBytes(Argon2id.saltLength), hash: Self.randomBytes(Self.hashLength))
    }

    public func hash(_ password: Password) async throws -> PasswordHash {
        let effort = effort
        return try await lanes.run {
            var bytes = password.bytes
            defer { Argon2id.wipe(&bytes) }
            let salt = Self.randomBytes(Argon2id.saltLength)
            let hash = try Argon2id.hash(bytes, salt: salt, effort: effort, length: Self.hashLength)
            return PasswordHash(phc: PHCString(effort: effort, salt: salt, hash: hash).text)
        }
    }

    public func check(_ password: ClaimedPassword, against hash: PasswordHash?) async throws -> PasswordCheck {
        let known = hash.flatMap { PHCString($0.phc) }
        let target = known ?? decoy
        let bytes = password.bytes ?? []
        let isRight = try await lanes.run { [refusals, salt = decoy.salt] in
            var isRight = false
            let clock = ContinuousClock()
            let took = try clock.measure {
                let computed = try Argon2id.hash(
                    bytes, salt: target.salt, effort: target.effort, length: target.hash.count)
                isRight = Argon2id.areEqual(computed, target.hash)
            }
            refusals.hashed(target.effort, in: took)
            // Else whoever has an account from before the effort was raised is refused sooner than strangers are.
            if !isRight, let rest = refusals.rest(after: target.effort) {
                let filling = try clock.measure {
                    _ = try Argon2id.hash(bytes, salt: salt, effort: rest, length: Self.hashLength)
                }
                refusals.filledUp(target.effort, in: took, rest: filling)
            }
            return isRight
        }
        guard isRight, known != nil, password.bytes != nil else { return .wrong }
        return target.effort.isWeaker(than: effort) ? .rightButWeak : .right
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in generator.next() }
    }
}
