import Foundation
import NIOCore
import Redis

/// Commands per second of the client: `PUBLISH` of 16 bytes, each awaited by its task.
///
///     swift run -c release RedisBenchmark redis://127.0.0.1:6379 [tasks = 64] [seconds = 5]
///
/// Beside `redis-benchmark -P 16 PUBLISH channel 0123456789abcdef` in the same run it makes the ratio of
/// docs/performance.md.
@main
struct RedisBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let url = arguments.first ?? "redis://127.0.0.1:6379"
        let tasks = arguments.dropFirst().first.flatMap { Int($0) } ?? 64
        let seconds = arguments.dropFirst(2).first.flatMap { Double($0) } ?? 5

        let redis = RedisClient(try RedisConfiguration(url: url))
        try await redis.ping()
        let payload = ByteBuffer(string: "0123456789abcdef")

        try await report("awaited by \(tasks) tasks", seconds) { end in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<tasks {
                    group.addTask {
                        var count = 0
                        while ContinuousClock.now < end {
                            for _ in 0..<16 { try await redis.publish(payload, to: "benchmark") }
                            count += 16
                        }
                        return count
                    }
                }
                var count = 0
                for try await part in group { count += part }
                return count
            }
        }
        try await report("not awaited", seconds) { end in
            var count = 0
            while ContinuousClock.now < end {
                for _ in 0..<256 { redis.publishForgetting(payload, to: "benchmark") }
                try await redis.ping()
                count += 257
            }
            return count
        }
        await redis.close()
    }

    /// Prints the rate and the processor time a command cost this process.
    private static func report(
        _ name: String, _ seconds: Double, _ body: @Sendable (ContinuousClock.Instant) async throws -> Int
    ) async throws {
        let (start, cpu) = (ContinuousClock.now, processorSeconds())
        let count = try await body(start + .seconds(seconds))
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let rate = Int(Double(count) / elapsed)
        let cost = (processorSeconds() - cpu) / Double(count) * 1e6
        print("PUBLISH, \(name): \(rate) commands/s, \(String(format: "%.2f", cost)) us CPU each")
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
