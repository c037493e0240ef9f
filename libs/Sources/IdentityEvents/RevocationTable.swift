public import Foundation
import Synchronization
import Timing

/// Which tokens are void before their time, as far as this process has heard: asked at every use of a token.
///
/// It holds one row for each account and session that an event voided, for as long as a token can live; then the token has
/// ended by itself. Without rows, which is the usual state, asking costs two loads.
public final class RevocationTable: Sendable {
    public enum Standing: Sendable, Hashable {
        case good
        /// Of an account that is banned.
        case banned
        case void
    }

    /// No access token lives longer, whatever the issuer's settings, and clocks may be off by as much as is taken.
    public static let longestTokenLife = Duration.seconds(3_600 + 300)

    private let shards: [Shard]
    private let rows = Atomic(0)
    /// When everything was known that had happened by then; zero before the first time.
    private let knownUntil = Atomic<UInt64>(0)
    private let observers = Mutex<[@Sendable (IdentityEvent) -> Void]>([])
    private let patience: UInt64
    private let clock: @Sendable () -> UInt64

    /// - Parameters:
    ///   - patience: for so long the table counts as current without hearing anything.
    ///   - clock: nanoseconds that never go back; without one the monotonic clock.
    public init(patience: Duration = .seconds(60), clock: (@Sendable () -> UInt64)? = nil) {
        self.patience = patience.wholeNanoseconds
        let clock = clock ?? { Monotonic.now }
        self.clock = clock
        let now = clock()
        shards = (0..<16).map { _ in Shard(now) }
    }

    /// A table that is current for ever, whether or not anybody feeds it: for tests.
    public static func current() -> RevocationTable {
        let table = RevocationTable(patience: .seconds(1 << 32))
        table.heard(at: table.now)
        return table
    }

    // MARK: Asking

    /// Whether the table is fit to be asked: false before the first news, and when there was none for too long.
    public var isCurrent: Bool {
        let known = knownUntil.load(ordering: .acquiring)
        guard known > 0 else { return false }
        let now = clock()
        return now < known || now - known <= patience
    }

    /// - Parameter epoch: what the token says.
    public func standing(of user: UUID, session: UUID?, epoch: Int64) -> Standing {
        guard rows.load(ordering: .acquiring) > 0 else { return .good }
        if let session, shard(session).rows.withLock({ $0.has(session: session) }) { return .void }
        guard let row = shard(user).rows.withLock({ $0.row(of: user) }), epoch < row.epoch else { return .good }
        return row.isBanned ? .banned : .void
    }

    // MARK: Feeding

    /// Voids what the event voids, then tells the observers.
    public func apply(_ event: IdentityEvent) {
        let now = clock()
        let added =
            if let session = event.sessionID {
                shard(session).rows.withLock { $0.end(session: session, at: now) }
            } else {
                shard(event.userID).rows.withLock {
                    $0.raise(event.userID, to: Row(epoch: event.epoch, isBanned: event.kind == .banned), at: now)
                }
            }
        rows.add(added, ordering: .releasing)
        for observer in observers.withLock({ $0 }) { observer(event) }
    }

    /// Nanoseconds of the table's clock.
    public var now: UInt64 { clock() }

    /// Everything that had happened by then has been applied.
    public func heard(at moment: UInt64) {
        knownUntil.max(moment, ordering: .releasing)
    }

    /// Seconds since everything was known; nil before the first time.
    public var age: Double? {
        let known = knownUntil.load(ordering: .acquiring)
        guard known > 0 else { return nil }
        let now = clock()
        return now > known ? Double(now - known) / 1e9 : 0
    }

    /// Calls `body` for every event from now on, after the table knows it, in the order they are applied. It must not wait.
    public func observe(_ body: @escaping @Sendable (IdentityEvent) -> Void) {
        observers.withLock { $0.append(body) }
    }

    /// Forgets what no living token can be void by. To be called now and then.
    public func forget() {
        let now = clock()
        for shard in shards { rows.subtract(shard.rows.withLock { $0.forget(at: now) }, ordering: .relaxed) }
    }

    /// How many accounts and sessions it holds.
    public var count: Int { rows.load(ordering: .relaxed) }

    private func shard(_ id: UUID) -> Shard { shards[Int(id.uuid.15 & 15)] }

    struct Row {
        var epoch: Int64
        var isBanned: Bool
    }

    private final class Shard: Sendable {
        let rows: Mutex<RevokedRows>

        init(_ now: UInt64) {
            rows = Mutex(RevokedRows(now: now))
        }
    }
}
