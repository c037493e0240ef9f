import CSodium
import DomainKit
import Testing
import UserDomain

@testable import UserStorage

@Suite struct Argon2PasswordHasherTests {
    static let quick = Argon2Effort(memoryKiB: 64, passes: 1)

    @Test func `a hash is in the form that libsodium itself reads`() async throws {
        let hasher = Argon2PasswordHasher(effort: Argon2Effort(), lanes: 1, waiting: 4)
        let password = try Password("tr0ub4dor&3")
        let hash = try await hasher.hash(password)
        #expect(hash.phc.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        let bytes = password.bytes
        #expect(crypto_pwhash_argon2id_str_verify(hash.phc, bytes, UInt64(bytes.count)) == 0)
        #expect(crypto_pwhash_argon2id_str_verify(hash.phc, bytes, UInt64(bytes.count - 1)) != 0)
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

    /// Made by libargon2, the reference implementation; the first by this service while it used that.
    @Test(arguments: [
        ("tr0ub4dor&3", "m=19456,t=2,p=1$bebfAGG/BmJ2RfdUJQfwaQ$/q3JeNr++umm3LFTPk/UoL/krfKy9XebFEQNyt4gR4k"),
        ("tr0ub4dor&3", "m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$M1YrkalHwwThihAhD1k1TFA8ywG2kY5JtJoIZLattnw"),
        ("", "m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$hbJ1ohlLKVU4J4P1p07fhg"),
        (
            "パスワード",
            "m=67,t=3,p=1$//79/Pv6+fj39vX08/Lx8A$"
                + "Nu0HL67tpagr9EDH7pPm9kaXdPY6Kss+BL8gByc7WhXhRLmHzbleRdgHvjCMjE/Wvpxq+wmrRHDZQHauQ8O29w"
        ),
        ("tr0ub4dor&3", "m=4096,t=5,p=1$MDEyMzQ1Njc4OWFiY2RlZg$7C+9t9+MEHI/79k/EJUCfjm42jm6jjku6J82s0RiFdCd"),
    ])
    func `hashes of the reference implementation are good, of any size and for that password alone`(
        text: String, phc: String
    ) async throws {
        let hasher = Argon2PasswordHasher(effort: Argon2Effort(memoryKiB: 8, passes: 1), lanes: 1, waiting: 4)
        let hash = PasswordHash(phc: "$argon2id$v=19$" + phc)
        #expect(try await hasher.check(ClaimedPassword(text), against: hash) == .right)
        #expect(try await hasher.check(ClaimedPassword(text + "."), against: hash) == .wrong)
    }

    /// Made by libargon2 too: two lanes, salts of 8 and 17 bytes.
    @Test(arguments: [
        "m=64,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlZg$qEKxjUCAqzQCyZVA27RVUi0GaxChTxE4ND/h6n59DPA",
        "m=64,t=1,p=1$MDEyMzQ1Njc$Iz/eywjepT3cTI4ssTbQVOX0o2a3hVkSzT7Ow35xahA",
        "m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZmc$XrCOh5OPNA9fkxuP4NHJKgmpcwrOfSMC4DCwOpi39OY",
    ])
    func `hashes of a form never stored here match no password`(phc: String) async throws {
        let hasher = Argon2PasswordHasher(effort: Self.quick, lanes: 1, waiting: 4)
        let hash = PasswordHash(phc: "$argon2id$v=19$" + phc)
        #expect(try await hasher.check(ClaimedPassword("tr0ub4dor&3"), against: hash) == .wrong)
    }

    @Test func `more effort asked for makes a hash weak`() async throws {
        let weak = try await Argon2PasswordHasher(effort: Self.quick, lanes: 1, waiting: 4).hash(
            Password("tr0ub4dor&3"))
        let raised = Argon2PasswordHasher(effort: Argon2Effort(memoryKiB: 4_096, passes: 2), lanes: 1, waiting: 4)
        #expect(try await raised.check(ClaimedPassword("tr0ub4dor&3"), against: weak) == .rightButWeak)
        let strong = try await raised.hash(Password("tr0ub4dor&3"))
        #expect(try await raised.check(ClaimedPassword("tr0ub4dor&3"), against: strong) == .right)
        #expect(try await raised.check(ClaimedPassword("tr0ub4dor&3"), against: weak) == .rightButWeak)
    }

    @Test(arguments: [
        (Argon2Effort(memoryKiB: 19_456, passes: 2), Argon2Effort(memoryKiB: 19_456, passes: 3)),
        (Argon2Effort(memoryKiB: 19_456, passes: 2), Argon2Effort(memoryKiB: 65_536, passes: 2)),
        (Argon2Effort(memoryKiB: 64, passes: 1), Argon2Effort(memoryKiB: 65, passes: 1)),
        (Argon2Effort(memoryKiB: 64, passes: 1), Argon2Effort(memoryKiB: 1_048_576, passes: 64)),
    ])
    func `a hash of less effort is filled up to what is asked for now`(known: Argon2Effort, wanted: Argon2Effort) throws
    {
        let rest = try #require(known.rest(to: wanted))
        func work(_ effort: Argon2Effort) -> Int { Int(effort.memoryKiB) * Int(effort.passes) }
        let (all, whole) = (work(known) + work(rest), work(wanted))
        #expect(abs(all - whole) * 2 <= max(Int(rest.memoryKiB), 16), "to the nearest pass")
        #expect(wanted.rest(to: wanted) == nil && wanted.rest(to: known) == nil)
    }
}
