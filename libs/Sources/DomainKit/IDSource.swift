public import Foundation

/// The port through which a domain gets new identities.
public protocol IDSource: Sendable {
    /// UUIDv7: later ones sort after earlier ones of the same process.
    func ordered() -> UUID
    /// UUIDv4: 122 random bits, for ids that must not be guessable.
    func random() -> UUID
}

/// Identities from the system's clock and random generator (RFC 9562 §5.4, §5.7).
public struct SystemIDSource: IDSource {
    public init() {}

    public func ordered() -> UUID {
        UUID(version7At: Date(), random: .random(in: .min ... .max))
    }

    public func random() -> UUID { UUID() }
}

extension UUID {
    /// 48 bits of Unix milliseconds, 12 bits of the millisecond's fraction (§6.2 method 3), 62 random bits.
    init(version7At date: Date, random: UInt64) {
        let micros = UInt64(max(0, date.timeIntervalSince1970 * 1_000_000))
        let millis = micros / 1_000
        let fraction = (micros % 1_000) * 4_096 / 1_000
        let top = (millis << 16) | 0x7000 | fraction
        let bottom = (random & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
        var bytes = (top.bigEndian, bottom.bigEndian)
        self = withUnsafeBytes(of: &bytes) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
