import Crypto
import Foundation
import Testing
import UserDomain

@testable import UserStorage

@Suite struct StandardWebhookProofsTests {
    /// The example secret of the reference libraries of Standard Webhooks, and the signature they give for it.
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    static let body = #"{"test": 2432232314}"#
    static let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    let proofs: StandardWebhookProofs
    let shop: PaymentSource

    init() throws {
        shop = try #require(PaymentSource("shop"))
        let secrets = try [Self.secret, Self.other].map { try #require(WebhookSecret($0)) }
        proofs = StandardWebhookProofs([shop: secrets])
    }

    static let other = "whsec_" + Data(repeating: 9, count: 32).base64EncodedString()

    static func sign(
        _ secret: String = secret, _ id: String = id, _ stamp: String = "1614265330", _ body: String = body
    ) -> String {
        let key = SymmetricKey(data: WebhookSecret(secret)?.bytes ?? Data())
        let mac = HMAC<SHA256>.authenticationCode(for: Data("\(id).\(stamp).\(body)".utf8), using: key)
        return "v1," + Data(mac).base64EncodedString()
    }

    func delivery(
        _ signatures: String? = signature, source: String = "shop", id: String? = id, stamp: String? = "1614265330",
        body: String = body
    ) -> WebhookDelivery? {
        proofs.delivery(
            WebhookClaim(source: source, id: id, timestamp: stamp, signatures: signatures, body: Data(body.utf8)))
    }

    @Test func `what the reference libraries sign is proven`() {
        let found = delivery()
        #expect(found?.source == shop && found?.id == Self.id && found?.sentAt == 1_614_265_330)
        #expect(found?.digest == Data(SHA256.hash(data: Data(Self.body.utf8))))
        #expect(Self.sign() == Self.signature)
    }

    @Test func `one right signature of many, by any of the secrets, is enough`() {
        let wrong = "v1,\(Data(count: 32).base64EncodedString())"
        for signatures in [
            "\(wrong) \(Self.signature)", "\(Self.signature) \(wrong)", "v1a,abc \(Self.signature) v2,x",
            Self.sign(Self.other),
            "\(Self.sign("whsec_" + Data(count: 24).base64EncodedString())) \(Self.sign(Self.other))",
        ] { #expect(delivery(signatures) != nil, "\(signatures)") }
    }

    @Test(arguments: [
        nil, "", " ", "v1", "v1,", "v1,g0hM", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,G0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,\(Data(count: 32).base64EncodedString())", "v1,!!!!", "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        String(repeating: "v1,AAAA ", count: 4_000),
    ])
    func `a signature that is not right proves nothing`(signatures: String?) {
        #expect(delivery(signatures) == nil)
    }

    @Test func `nor does one of something else`() {
        #expect(delivery(source: "bank") == nil)
        #expect(delivery(source: "Shop") == nil && delivery(source: "") == nil)
        #expect(delivery(body: Self.body + " ") == nil && delivery(body: "") == nil)
        #expect(delivery(stamp: "1614265331") == nil && delivery(id: "msg_2") == nil)
        #expect(delivery(stamp: nil) == nil && delivery(id: nil) == nil)
        #expect(
            StandardWebhookProofs([:]).delivery(
                WebhookClaim(
                    source: "shop", id: Self.id, timestamp: "1614265330", signatures: Self.signature,
                    body: Data(Self.body.utf8))) == nil)
    }

    @Test(arguments: [
        "9223372036854775808", "-1", "+1614265330", "1e9", "", " 1614265330", "١٦١٤", "253402300800",
        String(repeating: "9", count: 400),
    ])
    func `a time that is none is not believed, though it is signed`(stamp: String) {
        #expect(delivery(Self.sign(Self.secret, Self.id, stamp), stamp: stamp) == nil)
    }

    @Test(arguments: ["a.b", "", "a b", "é", String(repeating: "a", count: 257), "a\u{7F}"])
    func `nor is an id that could be read in two ways`(id: String) {
        #expect(delivery(Self.sign(Self.secret, id), id: id) == nil)
    }

    @Test(arguments: [
        "", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!",
        "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + Data(count: 23).base64EncodedString(), "whsec_" + Data(count: 65).base64EncodedString(),
    ])
    func `a secret that is too short, or none, is refused`(text: String) {
        #expect(WebhookSecret(text) == nil)
    }

    @Test func `a source has a name that an address can have`() {
        for name in ["shop", "a", "stripe-2", String(repeating: "a", count: 32)] { #expect(PaymentSource(name) != nil) }
        for name in ["", "-a", "1a", "Shop", "a/b", "a_b", "é", String(repeating: "a", count: 33)] {
            #expect(PaymentSource(name) == nil, "\(name)")
        }
    }
}
