import Foundation
import Postgres

/// Single-row selects by key from many tasks, on the tables of `pgbench -i`.
///
/// `PostgresBenchmark URL [SECONDS] [TASKS] [CONNECTIONS] [DEPTH]` prints one line: statements a second, and microseconds of
/// this process's CPU time per statement. To be compared with `pgbench -S -M prepared -c 16` in the same run.
@main
struct PostgresBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst().map(\.self)
        guard let url = arguments.first else {
            FileHandle.standardError.write(
                Data("usage: PostgresBenchmark URL [SECONDS] [TASKS] [CONNECTIONS] [DEPTH]\n".utf8))
            exit(64)
        }
        func number(_ place: Int, or fallback: Int) -> Int {
            arguments.count > place ? Int(arguments[place]) ?? fallback : fallback
        }
        let (seconds, tasks) = (number(1, or: 5), number(2, or: 64))
        var configuration = PostgresConfiguration(connectionString: url)
        configuration.sharedConnections = number(3, or: configuration.sharedConnections)
        // It is throughput that is measured, with nothing else to do for the processors.
        configuration.pipelineDepth = number(4, or: 16)
        let client = PostgresClient(configuration)
        let accounts = try await client.first("SELECT count(*) FROM pgbench_accounts")?.decode(Int.self) ?? 0
        guard accounts > 0 else { throw PostgresError(.usage, "run pgbench -i first") }

        _ = try await select(from: client, accounts: accounts, tasks: tasks, for: .milliseconds(500))
        let (started, cpu) = (ContinuousClock.now, cpuSeconds())
        let statements = try await select(from: client, accounts: accounts, tasks: tasks, for: .seconds(seconds))
        let elapsed = (ContinuousClock.now - started) / .seconds(1)
        let used = cpuSeconds() - cpu
        print(
            String(
                format: "statements/s %.0f   CPU us/statement %.1f   tasks %d   connections %d",
                Double(statements) / elapsed, used * 1_000_000 / Double(statements), tasks,
                configuration.sharedConnections))
        await client.close()
    }

    /// Returns how many statements were answered.
    private static func select(
        from client: PostgresClient, accounts: Int, tasks: Int, for duration: Duration
    ) async throws -> Int {
        let end = ContinuousClock.now + duration
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var (count, key) = (0, task &* 7_919)
                    while count % 64 != 0 || ContinuousClock.now < end {
                        key = (key &* 1_103_515_245 &+ 12_345) & 0x7fff_ffff
                        let account = Int32(key % accounts + 1)
                        let row = try await client.first(
                            "SELECT abalance FROM pgbench_accounts WHERE aid = \(account)")
                        guard try row?.decode(Int.self) != nil else { throw PostgresError(.usage, "no row") }
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
