import Logging
import ServiceKit
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct HousekeepingTests {
    private struct Broken: Error {}

    /// Runs the chores that `make` gives until one of them says it is enough, then stops as a service does. Returns what
    /// they noted.
    private func notes(
        logger: Logger = Logger(label: "test"),
        _ make: (_ note: @escaping @Sendable (String) -> Int, _ enough: @escaping @Sendable () -> Void) -> [Chore]
    )
        async throws -> [String]
    {
        let noted = Mutex<[String]>([])
        let (ends, end) = AsyncStream<Void>.makeStream()
        let chores = make(
            { name in
                noted.withLock {
                    $0.append(name)
                    return $0.count { $0 == name }
                }
            }, { end.yield() })
        let group = ServiceGroup(
            services: [Housekeeping(chores, logger: logger)], logger: Logger(label: "test"))
        async let running: Void = group.run()
        for await _ in ends { break }
        await group.triggerGracefulShutdown()
        try await running
        return noted.withLock { $0 }
    }

    @Test func `a chore is done at the start, and its batches follow at once while there are more`() async throws {
        let notes = try await notes { note, enough in
            [
                Chore("rows", every: .seconds(3_600), pausing: .zero) {
                    if note("batch") < 3 { return true }
                    enough()
                    return false
                }
            ]
        }
        #expect(notes == ["batch", "batch", "batch"])
    }

    @Test func `a chore that fails is tried again, and keeps no other from being done`() async throws {
        let notes = try await notes { note, enough in
            [
                Chore("broken", every: .milliseconds(1)) {
                    if note("broken") == 3 { enough() }
                    throw Broken()
                },
                Chore("well", every: .seconds(3_600)) { _ = note("well") },
            ]
        }
        #expect(notes.count { $0 == "broken" } >= 3 && notes.contains("well"))
    }

    @Test func `a chore that fails for a while is told of when that begins and when it is over`() async throws {
        let lines = LogLines()
        _ = try await notes(logger: lines.logger) { note, enough in
            [
                Chore("rows", every: .milliseconds(1)) {
                    let round = note("round")
                    if round == 8 { enough() }
                    if (2...5).contains(round) { throw Broken() }
                }
            ]
        }
        #expect(lines.all.filter { $0.contains("chore") } == ["chore not done", "chore is done again"])
    }

    @Test func `the stop of the service ends a chore that is under way`() async throws {
        let notes = try await notes { note, enough in
            [
                Chore("endless", every: .milliseconds(1)) {
                    enough()
                    try? await Task.sleep(for: .seconds(3_600))
                    _ = note(Task.isCancelled ? "cancelled" : "went on")
                }
            ]
        }
        #expect(notes == ["cancelled"])
    }
}
