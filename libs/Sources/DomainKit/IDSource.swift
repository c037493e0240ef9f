public import Foundation
import Synchronization

/// The port through which a domain gets new identities.
public protocol IDSource: Sendable {
    /// UUIDv7: later ones sort after earlier ones of the same process.
    func ordered() -> UUID
    /// UUIDv4: 122 random bits, for ids that must not be guessable.
    func random() -> UUID
}

/// Identities from the system's clock and random generator (RFC 9562 §5.4, §5.7).
public struct SystemIDSource: IDSource {
    /// The time part of the last ordered id of this process. Two calls within one tick, or a clock set back, must not
    /// break the order: the next one then counts on from here (§6.2 method 2).
    private static let last = Atomic<UInt64>(0)

    public init() {}

    public func ordered() -> UUID {
        let now = UUID.version7Ticks(at: Date())
        var known = SystemIDSource.last.load(ordering: .relaxed)
        while true {
            let next = max(now, known + 1)
            let (isStored, current) = SystemIDSource.last.compareExchange(
                expected: known, desired: next, ordering: .relaxed)
            if isStored { return UUID(version7Ticks: next, random: .random(in: .min ... .max)) }
            known = current
        }
    }

    public func random() -> UUID { UUID() }
}

extension UUID {
    /// Unix time in 1/4096 of a millisecond, the finest that §6.2 method 3 has room for.
    static func version7Ticks(at date: Date) -> UInt64 {
        UInt64(max(0, date.timeIntervalSince1970 * 4_096_000))
    }

    /// 48 bits of Unix milliseconds, 12 bits of the millisecond's fraction, 62 random bits.
    init(version7Ticks ticks: UInt64, random: UInt64) {
        let top = (ticks >> 12) << 16 | 0x7000 | (ticks & 0xfff)
        let bottom = (random & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
        var bytes = (top.bigEndian, bottom.bigEndian)
        self = withUnsafeBytes(of: &bytes) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
