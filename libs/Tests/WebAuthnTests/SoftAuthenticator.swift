import Crypto
import Encodings
import Foundation
import WebAuthn

/// A browser and an authenticator in one, which do as they are told, wrong things too.
struct SoftAuthenticator {
    enum Key {
        case es256(P256.Signing.PrivateKey)
        case eddsa(Curve25519.Signing.PrivateKey)

        var cose: CBORItem {
            switch self {
            case .es256(let key):
                let point = key.publicKey.rawRepresentation
                return CBORWriter.map(
                    (.integer(1), .integer(2)), (.integer(3), .integer(-7)), (.integer(-1), .integer(1)),
                    (.integer(-2), .bytes(point.prefix(32))), (.integer(-3), .bytes(Data(point.suffix(32)))))
            case .eddsa(let key):
                return CBORWriter.map(
                    (.integer(1), .integer(1)), (.integer(3), .integer(-8)), (.integer(-1), .integer(6)),
                    (.integer(-2), .bytes(key.publicKey.rawRepresentation)))
            }
        }

        var algorithm: SignatureAlgorithm {
            switch self {
            case .es256: .es256
            case .eddsa: .eddsa
            }
        }

        func signature(over bytes: Data) throws -> Data {
            switch self {
            case .es256(let key): try key.signature(for: bytes).derRepresentation
            case .eddsa(let key): try key.signature(for: bytes)
            }
        }
    }

    var key: Key
    var id = Data((0..<32).map { _ in UInt8.random(in: 0...255) })
    var handle = Data("ann".utf8)
    var party = "example.com"
    var model = UUID()
    var counter: UInt32 = 0
    var flags: AuthenticatorData.Flags = [.userPresent, .userVerified, .backupEligible, .backedUp]
    var origin = "https://example.com"
    /// Members of the client data beside those that are always there, in JSON.
    var more = #","crossOrigin":false"#
    /// Of authenticator data, with the flag that announces them.
    var extensions: CBORItem?

    init(_ algorithm: SignatureAlgorithm = .es256) {
        switch algorithm {
        case .es256: key = .es256(P256.Signing.PrivateKey())
        case .eddsa: key = .eddsa(Curve25519.Signing.PrivateKey())
        }
    }

    func clientData(_ type: String, _ challenge: PasskeyChallenge) -> Data {
        Data(#"{"type":"\#(type)","challenge":"\#(challenge.text)","origin":"\#(origin)"\#(more)}"#.utf8)
    }

    func authenticatorData(attested: Bool) -> Data {
        var flags = flags
        if attested { flags.insert(.attested) }
        if extensions != nil { flags.insert(.extended) }
        var data = Data(SHA256.hash(data: Data(party.utf8))) + [flags.rawValue]
        data += withUnsafeBytes(of: counter.bigEndian) { Data($0) }
        if attested {
            data += withUnsafeBytes(of: model.uuid) { Data($0) }
            data += [UInt8(id.count >> 8), UInt8(id.count & 0xff)] + id + CBORWriter.encode(key.cose)
        }
        return data + (extensions.map(CBORWriter.encode) ?? Data())
    }

    /// What `create()` gives.
    func creation(_ challenge: PasskeyChallenge) -> Answer {
        let data = authenticatorData(attested: true)
        return Answer(id: id, clientDataJSON: clientData("webauthn.create", challenge), authenticatorData: data) {
            $0.attestationObject = Self.attestation(data)
            $0.publicKeyAlgorithm = key.algorithm.rawValue
            $0.publicKey = try? COSEKey(CBORWriter.encode(key.cose)).subjectPublicKeyInfo
        }
    }

    /// What `get()` gives.
    func assertion(_ challenge: PasskeyChallenge, attested: Bool = false) throws -> Answer {
        let (client, data) = (clientData("webauthn.get", challenge), authenticatorData(attested: attested))
        let signature = try key.signature(over: data + Data(SHA256.hash(data: client)))
        return Answer(id: id, clientDataJSON: client, authenticatorData: data) {
            $0.signature = signature
            $0.userHandle = handle
        }
    }

    static func attestation(_ data: Data, format: String = "none", statement: CBORItem = .map([])) -> Data {
        CBORWriter.encode(
            CBORWriter.map(
                (.text("fmt"), .text(format)), (.text("attStmt"), statement), (.text("authData"), .bytes(data))))
    }
}
