public import Crypto
import Encodings
public import Foundation

/// A browser and a passkey in one, which do as they are told, wrong things too: ES256, JSON forms of WebAuthn.
public struct TestAuthenticator: Sendable {
    public enum Change: String, Sendable, CaseIterable {
        case origin, type, challenge, party, notPresent, notVerified, backedUpOnly, signature, handle, rawID, embedded
        case algorithm, garbage, depth, otherKey
    }

    public var key = P256.Signing.PrivateKey()
    public var id = Data((0..<32).map { _ in UInt8.random(in: 0...255) })
    public var counter: UInt32 = 0
    /// Present, verified, and with a synced one may be and is on several devices.
    public var flags: UInt8 = 0x1d
    public var origin: String
    public var party: String
    public var model = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    /// What it knows the account by; set by `create`.
    public var handle = Data()

    public init(origin: String = "http://localhost:8080", party: String = "localhost", isSynced: Bool = true) {
        self.origin = origin
        self.party = party
        if !isSynced { flags = 0x05 }
    }

    /// What `navigator.credentials.create()` gives for `options`, as JSON.
    public mutating func create(_ options: [String: Any], changing change: Change? = nil) -> String {
        handle =
            (options["user"] as? [String: Any]).flatMap { $0["id"] as? String }.flatMap { Base64URL.decode($0) }
            ?? Data()
        let client = clientData("webauthn.create", options, change)
        let point = (change == .otherKey ? P256.Signing.PrivateKey() : key).publicKey.rawRepresentation
        let algorithm: UInt8 = change == .algorithm ? 0x38 : 0x26
        var cose: [UInt8] = [0xa5, 0x01, 0x02, 0x03, algorithm]
        if change == .algorithm { cose.append(0x22) }  // ES384
        cose += [0x20, 0x01, 0x21, 0x58, 0x20]
        cose += point.prefix(32)
        cose += [0x22, 0x58, 0x20]
        cose += point.suffix(32)
        var data = authenticatorData(change, attested: true)
        data.append(withUnsafeBytes(of: model.uuid) { Data($0) })
        data.append(contentsOf: [0, UInt8(id.count)])
        data.append(id)
        data.append(contentsOf: cose)
        let attestation = Self.attestation(data, change)
        return credential(
            change,
            ["clientDataJSON": Base64URL.encode(client), "attestationObject": Base64URL.encode(attestation)],
            #","transports":["internal"]"#)
    }

    /// What `navigator.credentials.get()` gives for `options`, as JSON.
    public func get(_ options: [String: Any], changing change: Change? = nil) -> String {
        let client = clientData("webauthn.get", options, change)
        let data = change == .garbage ? Data([1, 2, 3]) : authenticatorData(change, attested: false)
        let signer = change == .otherKey ? P256.Signing.PrivateKey() : key
        var signature = Data()
        if let made = try? signer.signature(for: data + Data(SHA256.hash(data: client))) {
            signature = made.derRepresentation
        }
        if change == .signature { signature[signature.count - 1] ^= 1 }
        let handle = change == .handle ? Data(repeating: 7, count: 16) : handle
        return credential(
            change,
            [
                "clientDataJSON": Base64URL.encode(client), "authenticatorData": Base64URL.encode(data),
                "signature": Base64URL.encode(signature), "userHandle": Base64URL.encode(handle),
            ])
    }

    private static func attestation(_ data: Data, _ change: Change?) -> Data {
        switch change {
        case .garbage: return Data("{}".utf8)
        case .depth: return Data(repeating: 0x81, count: 10_000)
        default: break
        }
        var attestation = Data([0xa3])
        let members: [(String, [UInt8])] = [
            ("fmt", [0x64] + Array("none".utf8)), ("attStmt", [0xa0]), ("authData", [0x58, UInt8(data.count)]),
        ]
        for (name, value) in members {
            attestation.append(0x60 | UInt8(name.utf8.count))
            attestation.append(contentsOf: name.utf8)
            attestation.append(contentsOf: value)
        }
        return attestation + data
    }

    private func credential(_ change: Change?, _ members: [String: String], _ more: String = "") -> String {
        let response = members.map { #""\#($0)":"\#($1)""# }.sorted().joined(separator: ",") + more
        let (id, raw) = (Base64URL.encode(id), Base64URL.encode(change == .rawID ? Data(repeating: 1, count: 32) : id))
        return #"{"type":"public-key","id":"\#(id)","rawId":"\#(raw)","authenticatorAttachment":"platform","#
            + #""clientExtensionResults":{"credProps":{"rk":true}},"response":{\#(response)}}"#
    }

    private func clientData(_ type: String, _ options: [String: Any], _ change: Change?) -> Data {
        var challenge = options["challenge"] as? String ?? ""
        if change == .challenge { challenge = Base64URL.encode(Data(repeating: 9, count: 32)) }
        let origin = change == .origin ? "https://evil.example" : origin
        let type = change == .type ? "payment.get" : type
        let members = #""type":"\#(type)","challenge":"\#(challenge)","origin":"\#(origin)""#
        return Data(#"{\#(members),"crossOrigin":\#(change == .embedded)}"#.utf8)
    }

    private func authenticatorData(_ change: Change?, attested: Bool) -> Data {
        let party = change == .party ? "evil.example" : party
        var flags = attested ? flags | 0x40 : flags
        switch change {
        case .notPresent: flags &= ~0x01
        case .notVerified: flags &= ~0x04
        case .backedUpOnly: flags = flags & ~0x08 | 0x10
        default: break
        }
        var data = Data(SHA256.hash(data: Data(party.utf8)))
        data.append(flags)
        data.append(withUnsafeBytes(of: counter.bigEndian) { Data($0) })
        return data
    }
}
