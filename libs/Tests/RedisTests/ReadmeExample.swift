import Logging
import NIOCore
import Redis
import Synchronization

// The page in Sources/Redis/README.md, from the next line to the end.
final class Scoreboard: Sendable {
    let redis: RedisClient
    private let latest = Mutex<[String: String]>([:])
    private let subscriber = Mutex<RedisSubscriber?>(nil)

    /// Connects when the first command comes: `redis://:password@host:6379/0`, `rediss://...` for TLS.
    init(url: String, logger: Logger) throws {
        var configuration = try RedisConfiguration(url: url)
        configuration.commandTimeout = .seconds(10)
        redis = RedisClient(configuration, logger: logger)
    }

    /// Commands of many tasks share one connection and travel together. Nothing is ever sent twice: after a loss
    /// `error.isOutcomeUnknown` says that it may have been done.
    func add(_ points: Int, to player: String) async throws -> Int {
        let replies = try await redis.transaction([
            RedisCommand("INCRBY", "points:\(player)", points), RedisCommand("PEXPIRE", "points:\(player)", 86_400_000),
        ])
        let total = try replies[0].decode(Int.self)
        try await redis.publish("\(player)=\(total)", to: "scores")
        return total
    }

    /// A command without a method of its own, its reply read as what it should be.
    func points(of players: [String]) async throws -> [Int?] {
        try await redis.send(RedisCommand("MGET", players.map { "points:\($0)" })).decode([Int?].self)
    }

    /// Messages come on an event loop by a plain call, which must not block. They are lost while the connection is:
    /// `.connected` is the moment to catch up.
    func follow(catchUp: @escaping @Sendable () -> Void) async throws {
        let subscriber = redis.subscriber(
            onEvent: { event in if case .connected = event { catchUp() } },
            onMessage: { [weak self] in self?.take(String(buffer: $0.payload)) })
        self.subscriber.withLock { $0 = subscriber }
        try await subscriber.subscribe(.channel("scores"))
    }

    private func take(_ line: String) {
        let parts = line.split(separator: "=")
        guard parts.count == 2 else { return }
        latest.withLock { $0[String(parts[0])] = String(parts[1]) }
    }

    func lastHeard(of player: String) -> String? {
        latest.withLock { $0[player] }
    }

    /// Blocks on a connection of its own; cancelling the task ends the wait at the server too.
    func nextEvent(after id: RedisStreamID) async throws -> RedisStreamEntry? {
        try await redis.xread("events", after: id, count: 1, block: .seconds(30)).first
    }

    func close() async {
        subscriber.withLock { $0 }?.close()
        await redis.close()
    }
}
