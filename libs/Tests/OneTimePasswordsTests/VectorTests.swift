import Foundation
import OneTimePasswords
import Testing

@Suite struct VectorTests {
    static func secret(_ length: Int) throws -> OneTimeSecret {
        let digits = Array("1234567890".utf8)
        return try #require(OneTimeSecret(bytes: Data((0..<length).map { digits[$0 % 10] })))
    }

    /// RFC 4226, appendix D.
    @Test func `the ten codes of RFC 4226 come out`() throws {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        let generator = HOTP(secret: try Self.secret(20))
        #expect((0..<10).map { generator.code(at: $0) } == codes)
    }

    /// RFC 6238, appendix B.
    @Test(arguments: [
        (59, "94287082", "46119246", "90693936"), (1_111_111_109, "07081804", "68084774", "25091201"),
        (1_111_111_111, "14050471", "67062674", "99943326"), (1_234_567_890, "89005924", "91819424", "93441116"),
        (2_000_000_000, "69279037", "90698825", "38618901"), (20_000_000_000, "65353130", "77737706", "47863826"),
    ])
    func `the codes of RFC 6238 come out under all three hashes`(
        time: Int, sha1: String, sha256: String, sha512: String
    ) throws {
        let date = Date(timeIntervalSince1970: TimeInterval(time))
        #expect(TOTP(secret: try Self.secret(20), hash: .sha1, length: .eight).code(at: date) == sha1)
        #expect(TOTP(secret: try Self.secret(32), hash: .sha256, length: .eight).code(at: date) == sha256)
        #expect(TOTP(secret: try Self.secret(64), hash: .sha512, length: .eight).code(at: date) == sha512)
    }

    @Test func `shorter codes are the ends of longer ones`() throws {
        let date = Date(timeIntervalSince1970: 59)
        #expect(TOTP(secret: try Self.secret(20), length: .six).code(at: date) == "287082")
        #expect(TOTP(secret: try Self.secret(20), length: .seven).code(at: date) == "4287082")
    }

    @Test func `a counter has all its 64 bits`() throws {
        let generator = HOTP(secret: try Self.secret(20), length: .eight)
        #expect(generator.code(at: .max) != generator.code(at: .max >> 1))
        #expect(generator.code(at: .max).count == 8)
    }
}
