import Synchronization
import Timing

/// Whose links are good no more, as the video is taken down, whoever has them: asked at every use of one.
///
/// Like `RevocationTable` it says nothing when it has not heard for too long.
public final class TakenDownTable: Sendable {
    private let keys = Mutex<Set<String>>([])
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
    public static func current() -> TakenDownTable {
        let table = TakenDownTable(patience: .seconds(1 << 32))
        table.replace([], asOf: table.now)
        return table
    }

    public var isCurrent: Bool {
        let known = knownAt.load(ordering: .acquiring)
        guard known > 0 else { return false }
        let now = clock()
        return now < known || now - known <= patience
    }

    public func has(_ key: String) -> Bool {
        count.load(ordering: .acquiring) > 0 && keys.withLock { $0.contains(key) }
    }

    /// Nanoseconds of its clock.
    public var now: UInt64 { clock() }

    /// What was true at `moment`, all of it.
    public func replace(_ now: Set<String>, asOf moment: UInt64) {
        keys.withLock {
            $0 = now
            count.store(now.count, ordering: .releasing)
        }
        knownAt.max(moment, ordering: .releasing)
    }
}
