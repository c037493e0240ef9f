internal import Logging
internal import NIOCore
internal import Synchronization

/// Connections for commands that block: one at a time each, leased for the duration and kept for the next.
final class BlockingLanes: Sendable {
    private struct Lanes {
        var idle: [CommandLane] = []
        var leased = 0
        var isClosed = false
    }

    private let configuration: RedisConfiguration
    private let group: any EventLoopGroup
    private let logger: Logger
    private let lanes = Mutex(Lanes())

    init(_ configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger) {
        self.configuration = configuration
        self.group = group
        self.logger = logger
    }

    /// Sends a command that the server may hold for `block`.
    ///
    /// Cancellation ends its connection, since the server would otherwise go on holding it.
    func send(_ command: RedisCommand, block: Duration) async throws -> RESPValue {
        let lane = try lease()
        do {
            let reply = try await lane.send(command, timeout: block + configuration.commandTimeout)
            giveBack(lane)
            return reply
        } catch {
            lanes.withLock { $0.leased -= 1 }
            lane.beginClose(drain: false)
            throw error
        }
    }

    func close() {
        let idle = lanes.withLock { lanes in
            lanes.isClosed = true
            defer { lanes.idle = [] }
            return lanes.idle
        }
        for lane in idle { lane.beginClose(drain: false) }
    }

    private func lease() throws(RedisError) -> CommandLane {
        let outcome: Result<CommandLane?, RedisError> = lanes.withLock { lanes in
            if lanes.isClosed { return .failure(.closed) }
            guard lanes.leased < configuration.maximumBlockingConnections else {
                return .failure(.unavailable("too many blocking commands"))
            }
            lanes.leased += 1
            return .success(lanes.idle.popLast())
        }
        return try outcome.get() ?? CommandLane(configuration, on: group.next(), logger: logger)
    }

    private func giveBack(_ lane: CommandLane) {
        let isKept = lanes.withLock { lanes in
            lanes.leased -= 1
            if !lanes.isClosed { lanes.idle.append(lane) }
            return !lanes.isClosed
        }
        if !isKept { lane.beginClose(drain: false) }
    }
}
