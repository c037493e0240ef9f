public import Logging
public import ServiceLifecycle

/// Work no request waits for, done again and again.
public struct Chore: Sendable {
    let name: String
    let interval: Duration
    let pause: Duration
    let work: @Sendable () async throws -> Bool

    /// The whole of `work` once an interval.
    public init(_ name: String, every interval: Duration, _ work: @escaping @Sendable () async throws -> Void) {
        self.init(name, every: interval, pausing: .zero) {
            try await work()
            return false
        }
    }

    /// A bounded piece of it at a time: `batch` says whether there may be more to do at once, and is called again after
    /// the pause, which is others' turn.
    public init(
        _ name: String, every interval: Duration, pausing pause: Duration,
        _ batch: @escaping @Sendable () async throws -> Bool
    ) {
        self.name = name
        self.interval = interval
        self.pause = pause
        work = batch
    }
}

/// The chores of a service, each on its own from the start until the stop: one that is slow or fails keeps no other
/// waiting. What fails is tried again in the next
/// round, and logged once: when it begins, and when it is over.
///
/// Every replica has the same chores; where one replica at a time must do them, as where rows are removed, their work
/// sees to that (`PostgresClient.sweep`).
public struct Housekeeping: Service {
    private let chores: [Chore]
    private let logger: Logger

    public init(_ chores: [Chore], logger: Logger) {
        self.chores = chores
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for chore in chores { group.addTask { await go(on: chore) } }
            }
        }
    }

    private func go(on chore: Chore) async {
        var isBehind = false
        repeat {
            var pause = chore.interval
            do {
                if try await chore.work() { pause = chore.pause }
                if isBehind { logger.notice("chore is done again", metadata: ["chore": "\(chore.name)"]) }
                isBehind = false
            } catch {
                if Task.isCancelled { return }
                if !isBehind {
                    logger.warning("chore not done", metadata: ["chore": "\(chore.name)", "error": "\(error)"])
                }
                isBehind = true
            }
            try? await Task.sleep(for: pause)
        } while !Task.isCancelled
    }
}
