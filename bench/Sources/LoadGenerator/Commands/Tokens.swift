import ArgumentParser
import Crypto
import Foundation

/// Access tokens of a key of the benchmark's own. They are taken once the key is in user-service's table of keys.
struct Tokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a key and access tokens; reads user-service's KEY_ENCRYPTION_KEY from the environment.")

    @Option(help: "How many; user n is 00000000-0000-4000-8000 with n in the last twelve digits.") var count = 20_000
    @Option(help: "Hours they are good for.") var hours = 24.0
    @Option(help: "Issuer and audience.") var issuer = "bench"
    @Option(help: "File for the tokens, one a line.") var tokens: String
    @Option(help: "File for the SQL that puts the key beside user-service's own.") var keySql: String

    func run() throws {
        let key = P256.Signing.PrivateKey()
        try statement(inserting: key).write(toFile: keySql, atomically: true, encoding: .utf8)
        let head = base64URL(Data(#"{"alg":"ES256","kid":"bench","typ":"at+jwt"}"#.utf8))
        let now = Int(Date().timeIntervalSince1970)
        let all = try (1...count).map { number in try token(number, head, now, key) }
        try all.joined(separator: "\n").write(toFile: tokens, atomically: true, encoding: .utf8)
    }

    /// A key that signs no more and whose tokens still count: user-service publishes it, all services take them.
    private func statement(inserting key: P256.Signing.PrivateKey) throws -> String {
        """
        DELETE FROM signing_keys WHERE id = 'bench';
        INSERT INTO signing_keys (id, state, public_key, sealed_private_key, created_at, activated_at, retired_at)
        VALUES ('bench', 'retired', '\\x\(hex(key.publicKey.rawRepresentation))', '\\x\(hex(try sealed(key)))',
            now(), now(), now() + interval '1 day');

        """
    }

    /// As user-service seals its keys (`KeyEncryptionKey`), since it opens all it finds.
    private func sealed(_ key: P256.Signing.PrivateKey) throws -> Data {
        guard
            let secret = ProcessInfo.processInfo.environment["KEY_ENCRYPTION_KEY"].flatMap({ Data(base64Encoded: $0) })
        else { throw ValidationError("KEY_ENCRYPTION_KEY must be set") }
        let sealing = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: Data("hiroba user-service seal".utf8),
            outputByteCount: 32)
        let box = try AES.GCM.seal(key.rawRepresentation, using: sealing, authenticating: Data("bench".utf8))
        return Data(box.nonce) + box.ciphertext + box.tag
    }

    private func hex(_ data: Data) -> String {
        data.map { String(format: "%02x", $0) }.joined()
    }

    private func token(_ number: Int, _ head: String, _ now: Int, _ key: P256.Signing.PrivateKey) throws -> String {
        let subject = "00000000-0000-4000-8000-" + String(format: "%012x", number)
        let claims = """
            {"iss":"\(issuer)","aud":"\(issuer)","sub":"\(subject)","jti":"\(subject)","iat":\(now),"nbf":\(now),\
            "exp":\(now + Int(hours * 3_600)),"roles":["user"],"tier":"free","email_verified":true}
            """
        let signed = head + "." + base64URL(Data(claims.utf8))
        let signature = try key.signature(for: Data(signed.utf8))
        return signed + "." + base64URL(signature.rawRepresentation)
    }

    private func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
