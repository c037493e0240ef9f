import CArgon2
import DomainKit
import Testing
import UserDomain

@testable import UserStorage

@Suite struct Argon2PasswordHasherTests {
    static let quick = Argon2Effort(memoryKiB: 64, passes: 1)

    @Test func `a hash is what libargon2 itself makes and accepts`() async throws {
        let hasher = Argon2PasswordHasher(effort: Argon2Effort(), lanes: 1, waiting: 4)
        let password = try Password("tr0ub4dor&3")
        let hash = try await hasher.hash(password)
        #expect(hash.phc.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        let bytes = password.bytes
        #expect(argon2id_verify(hash.phc, bytes, bytes.count) == ARGON2_OK.rawValue)
        #expect(argon2id_verify(hash.phc, bytes, bytes.count - 1) != ARGON2_OK.rawValue)
    }

    @Test func `right, wrong and unknown`() async throws {
        let hasher = Argon2PasswordHasher(effort: Self.quick, lanes: 2, waiting: 4)
        let hash = try await hasher.hash(Password("tr0ub4dor&3"))
        #expect(try await hasher.check(ClaimedPassword("tr0ub4dor&3"), against: hash) == .right)
        #expect(try await hasher.check(ClaimedPassword("tr0ub4dor&4"), against: hash) == .wrong)
        #expect(try await hasher.check(ClaimedPassword(""), against: hash) == .wrong)
        #expect(try await hasher.check(ClaimedPassword("tr0ub4dor&3"), against: nil) == .wrong)
        #expect(try await hasher.check(ClaimedPassword("x"), against: PasswordHash(phc: "$2b$nonsense")) == .wrong)
        #expect(try await hasher.hash(Password("tr0ub4dor&3")) != hash)
    }

    @Test func `more effort asked for makes a hash weak, with the same memory lent to all sizes`() async throws {
        let weak = try await Argon2PasswordHasher(effort: Self.quick, lanes: 1, waiting: 4).hash(
            Password("tr0ub4dor&3"))
        let raised = Argon2PasswordHasher(effort: Argon2Effort(memoryKiB: 4_096, passes: 2), lanes: 1, waiting: 4)
        #expect(try await raised.check(ClaimedPassword("tr0ub4dor&3"), against: weak) == .rightButWeak)
        let strong = try await raised.hash(Password("tr0ub4dor&3"))
        #expect(try await raised.check(ClaimedPassword("tr0ub4dor&3"), against: strong) == .right)
        #expect(try await raised.check(ClaimedPassword("tr0ub4dor&3"), against: weak) == .rightButWeak)
    }
}
