import Logging
public import ServiceLifecycle
import Timing
import VideoStorage

/// Keeps a `WatchAccessTable` in step with what owners and moderators commit, for as long as the service runs: it looks when it is told,
/// and every five seconds, which shows that it would have been told.
public struct WatchAccessFollower: Service {
    let table: WatchAccessTable
    let recent: RecentAccessChanges
    let logger: Logger
    private static let interval = Duration.seconds(5)

    /// Returns once it is known what changed. Fails: `unavailable`.
    public func check() async throws {
        if !table.isCurrent { try await look() }
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown { await follow() }
    }

    private func follow() async {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in recent.changes() { signal.yield() }
            }
            group.addTask {
                while !Task.isCancelled {
                    signal.yield()
                    try? await Task.sleep(for: Self.interval)
                }
            }
            // One after the other, so that no old answer comes after a newer one.
            for await _ in signals { await lookUntilSeen() }
        }
    }

    private func lookUntilSeen() async {
        var pauses = Backoff(first: .milliseconds(50), longest: .seconds(1))
        while !Task.isCancelled {
            do {
                return try await look()
            } catch {
                logger.debug("cannot see who may watch what", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: pauses.next())
            }
        }
    }

    private func look() async throws {
        let moment = table.now
        table.replace(try await recent.all(), asOf: moment)
    }
}
