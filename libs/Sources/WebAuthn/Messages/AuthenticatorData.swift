package import Foundation

/// What an authenticator says of itself and signs (WebAuthn level 3 §6.1).
package struct AuthenticatorData: Sendable, Hashable {
    package struct Flags: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let userPresent = Flags(rawValue: 1)
        package static let userVerified = Flags(rawValue: 1 << 2)
        package static let backupEligible = Flags(rawValue: 1 << 3)
        package static let backedUp = Flags(rawValue: 1 << 4)
        package static let attested = Flags(rawValue: 1 << 6)
        package static let extended = Flags(rawValue: 1 << 7)
    }

    /// A new credential (§6.5.1).
    package struct Attested: Sendable, Hashable {
        package let model: UUID
        /// 1 to 1,023 bytes.
        package let id: Data
        /// A COSE key: CBOR, not looked at yet.
        package let publicKey: Data
    }

    package let relyingPartyHash: Data
    /// The two reserved bits may be anything.
    package let flags: Flags
    package let signatureCount: UInt32
    package let attested: Attested?

    /// Fails: `malformedAuthenticatorData` for bytes that are too few or too many for what the flags announce, an id without
    /// length or over 1,023 bytes, a key that is no CBOR, extensions that are no map.
    package init(_ data: Data) throws(CeremonyFailure) {
        var rest = data[...]
        func take(_ count: Int) throws(CeremonyFailure) -> Data {
            guard rest.count >= count else { throw .malformedAuthenticatorData }
            defer { rest = rest.dropFirst(count) }
            return Data(rest.prefix(count))
        }
        func takeItem() throws(CeremonyFailure) -> (item: CBORItem, bytes: Data) {
            guard let (item, length) = try? CBORReader.first(of: rest) else { throw .malformedAuthenticatorData }
            return (item, try take(length))
        }
        relyingPartyHash = try take(32)
        flags = Flags(rawValue: try take(1).reduce(0) { $1 })
        signatureCount = try take(4).reduce(0) { $0 << 8 | UInt32($1) }
        if flags.contains(.attested) {
            let model = [UInt8](try take(16))
            let length = try take(2).reduce(0) { $0 << 8 | Int($1) }
            guard 1...1_023 ~= length else { throw .malformedAuthenticatorData }
            let id = try take(length)
            attested = Attested(model: UUID(bytes: model), id: id, publicKey: try takeItem().bytes)
        } else {
            attested = nil
        }
        if flags.contains(.extended) {
            guard case .map = try takeItem().item else { throw .malformedAuthenticatorData }
        }
        guard rest.isEmpty else { throw .malformedAuthenticatorData }
    }
}

extension UUID {
    /// - Parameter bytes: 16.
    fileprivate init(bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
