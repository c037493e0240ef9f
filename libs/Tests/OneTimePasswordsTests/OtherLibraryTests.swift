import Foundation
import OneTimePasswords
import Testing

@Suite struct OtherLibraryTests {
    /// By pyotp 2.12.1, which found everything in our addresses as well.
    @Test(arguments: [
        ("HC2OMUXEJWT7ENYNTYTA4JYTMVIKJI5G", HOTP.Hash.sha1, HOTP.Length.six, 30, 207_388_624, "351241"),
        ("GMXYWEREBA75EK4QF6ERD2AYDD4MTHK5", .sha1, .eight, 60, 2_503_055_453, "16542233"),
        ("OUCNSDUULXROR5KO46A4Y5PWG3MFBGIJ", .sha256, .six, 30, 369_140_570, "812472"),
        ("LJTQG343KQGWXDYL4IISIF44HXM7OOAX", .sha256, .eight, 60, 2_366_729_934, "03708294"),
        ("EZFK23FW3UQQ7L4UVTJ47EWBSARXZMI7", .sha512, .six, 30, 958_804_057, "823936"),
        ("HCZXBINVO2P2B4KIH6K2SDM56LYTBVQP", .sha512, .eight, 60, 2_478_638_287, "65691703"),
    ])
    func `another library makes the same codes of the same secrets`(
        secret: String, hash: HOTP.Hash, length: HOTP.Length, period: Int, time: Int, code: String
    ) throws {
        let secret = try #require(OneTimeSecret(base32: secret))
        let totp = TOTP(secret: secret, hash: hash, length: length, period: period)
        #expect(totp.code(at: Date(timeIntervalSince1970: TimeInterval(time))) == code)
    }
}
