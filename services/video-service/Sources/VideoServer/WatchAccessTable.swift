import Synchronization
import Timing
public import VideoDomain

/// Which videos changed in who may watch them since links to them were made: asked at every use of a link.
///
/// Like `RevocationTable` it says nothing when it has not heard for too long.
public final class WatchAccessTable: Sendable {
    private let changes = Mutex<[String: AccessChange]>([:])
    /// Without any, which is the usual state, asking costs two loads.
    private let count = Atomic(0)
    /// When all was known; zero before the first time.
    private let knownAt = Atomic<UInt64>(0)
    private let patience: UInt64
    private let clock: @Sendable () -> UInt64

    /// - Parameters:
    ///   - patience: for so long it counts without hearing anything.
    ///   - clock: nanoseconds that never go back; without one the monotonic clock.
    public init(
        patience: Duration = .seconds(60), clock: (@Sendable () -> UInt64)? = nil
    ) {
        self.patience = patience.wholeNanoseconds
        self.clock = clock ?? { Monotonic.now }
    }

    /// One that counts for ever, whether or not anybody feeds it: for tests.
    public static func current() -> WatchAccessTable {
        let table = WatchAccessTable(patience: .seconds(1 << 32))
        table.replace([:], asOf: table.now)
        return table
    }

    public var isCurrent: Bool {
        let known = knownAt.load(ordering: .acquiring)
        guard known > 0 else { return false }
        let now = clock()
        return now < known || now - known <= patience
    }

    /// What changed of the video with these bytes; nil for nothing.
    public func change(of key: String) -> AccessChange? {
        count.load(ordering: .acquiring) > 0 ? changes.withLock { $0[key] } : nil
    }

    /// Nanoseconds of its clock.
    public var now: UInt64 { clock() }

    /// What was true at `moment`, all of it.
    public func replace(_ now: [String: AccessChange], asOf moment: UInt64) {
        changes.withLock {
            $0 = now
            count.store(now.count, ordering: .releasing)
        }
        knownAt.max(moment, ordering: .releasing)
    }
}
