import DomainKit
import Synchronization

/// How long what took hours to make waits for a dependency that is away, a database that fails over for instance, before the work is
/// given up and has to be done once more.
public struct Patience: Sendable, Hashable {
    public var most: Duration
    /// From one try to the next.
    public var pause: Duration

    public init(most: Duration = .seconds(300), pause: Duration = .seconds(3)) {
        self.most = most
        self.pause = pause
    }

    /// Tries until it is not `unavailable`. Fails: as the last try; `CancellationError`, between two.
    func insist<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + most
        while true {
            do {
                return try await body()
            } catch let failure as Failure where failure.kind == .unavailable && ContinuousClock.now < end {
                try await Task.sleep(for: pause)
            }
        }
    }
}

/// A job that somebody has for `life` from each renewal on, by a clock that goes on while this machine sleeps.
final class HeldJob: Sendable {
    private let life: Duration
    private let patience: Patience
    private let renewed = Mutex(ContinuousClock.now)

    init(for life: Duration, patience: Patience) {
        self.life = life
        self.patience = patience
    }

    /// Returns while nobody else can have it, a third of its life before the end at the latest; waits for the next renewal otherwise. What
    /// is written right after this is not behind the back of whoever has it next, or removes what was made under this claim.
    func confirm() async throws {
        while renewed.withLock({ ContinuousClock.now - $0 }) > life * 2 / 3 { try await Task.sleep(for: life / 20) }
    }

    /// Does `work`, and `renewal` beside it, until the work is done.
    ///
    /// Renewals that fail are tried again as long as there is patience since the last one that did not. Fails: as the work; `JobLost` when
    /// a renewal says no, and as the last renewal when there is no patience left. The work is cancelled then.
    func renewing<Value: Sendable>(
        _ renewal: @escaping @Sendable () async throws -> Bool,
        during work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask { [self] in
                while (try? await Task.sleep(for: life / 5)) != nil {
                    // Its life counts from when the store was told, which is later.
                    let asked = ContinuousClock.now
                    do {
                        guard try await renewal() else { throw JobLost() }
                        renewed.withLock { $0 = asked }
                    } catch let lost as JobLost {
                        throw lost
                    } catch  where ContinuousClock.now - renewed.withLock({ $0 }) < patience.most {
                        continue
                    }
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}

/// Somebody else has it, or nobody wants it done any more.
struct JobLost: Error {}
