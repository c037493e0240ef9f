public import ChatDomain
public import DomainKit
public import Foundation
public import Logging
public import Redis
import Synchronization

/// Which sockets are open, in Redis: of each user a sorted set of connections by the end of their leases, and beside it what
/// there is to tell of each.
///
/// Time is the server's. A replica renews the leases of its own sockets in batches; those of one that was killed end by
/// themselves. Where Redis has lost one, as one that was emptied has, the renewal puts it back.
public final class RedisConnectionRegistry: ConnectionRegistry {
    /// For so long the sockets of a replica that was killed count.
    public static let lease = Duration.seconds(25)

    let redis: RedisClient
    let replica: String
    private let patience: Duration
    private let logger: Logger
    private let own: Mutex<OwnConnections>

    /// - Parameters:
    ///   - replica: what others call this one by.
    ///   - patience: for so long a handshake waits for Redis before this replica counts alone.
    public init(redis: RedisClient, replica: String, patience: Duration = .milliseconds(500), logger: Logger) {
        self.redis = redis
        self.replica = replica
        self.patience = patience
        self.logger = logger
        own = Mutex(OwnConnections())
    }

    public func add(_ connection: Connection, atMost most: Int64) async -> ConnectionAddition {
        let here = own.withLock { $0.add(connection) }
        var open: Int64?
        do {
            open = try await lease(connection, atMost: most)
        } catch {
            logger.debug("connections counted here", metadata: ["error": "\(error)"])
            if here > most { open = here - 1 }
        }
        guard let open else { return .added }
        _ = own.withLock { $0.remove(connection) }
        return .full(open: open)
    }

    public func remove(_ connection: Connection) {
        guard own.withLock({ $0.remove(connection) }) else { return }
        let (leases, about) = Self.keys(of: connection.userID)
        // What gets lost ends with its lease.
        redis.submit(RedisCommand("ZREM", leases, connection.id.uuidString)) { _ in }
        redis.submit(RedisCommand("HDEL", about, connection.id.uuidString)) { _ in }
    }

    /// Renews the leases until cancelled: each second those of a part of the users.
    public func keep() async {
        var (turn, isAlone) = (0, false)
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            if let isRenewed = await renew(turn), isRenewed == isAlone {
                isAlone.toggle()
                logger.notice(
                    isAlone ? "sockets are counted by this replica alone" : "sockets are counted together again")
            }
            turn = (turn + 1) % OwnConnections.turns
        }
    }

    /// Renews those of one part. While Redis is away nothing is (false): they are put back afterwards. Nil where there was
    /// nothing to renew.
    @discardableResult
    func renew(_ turn: Int) async -> Bool? {
        var isRenewed: Bool?
        for batch in own.withLock({ $0.batches(of: turn) }) {
            do {
                let command = Self.renewal(of: batch)
                let missing = try await redis.eval(
                    Self.renewing, keys: command.keys, arguments: command.arguments, timeout: .seconds(2)
                ).decode([String].self)
                isRenewed = true
                guard !missing.isEmpty else { continue }
                let lost = Set(missing)
                for connection in batch.joined() where lost.contains(connection.id.uuidString) {
                    // It may have been closed meanwhile.
                    guard own.withLock({ $0.contains(connection) }) else { continue }
                    _ = try await lease(connection, atMost: .max)
                }
            } catch {
                logger.debug("leases not renewed", metadata: ["error": "\(error)"])
                return false
            }
        }
        return isRenewed
    }
}

// MARK: - Who is there

extension RedisConnectionRegistry {
    public func present(among users: [UserID]) async throws(Failure) -> [UserID: Date] {
        do {
            var present: [UserID: Date] = [:]
            for start in stride(from: 0, to: users.count, by: OwnConnections.batch) {
                let some = users[start..<min(start + OwnConnections.batch, users.count)]
                let since = try await redis.eval(
                    Self.finding, keys: some.flatMap { [Self.keys(of: $0).leases, Self.keys(of: $0).about] },
                    arguments: [], timeout: .seconds(2)
                ).decode([Int].self)
                for (user, milliseconds) in zip(some, since) where milliseconds > 0 {
                    present[user] = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
                }
            }
            return present
        } catch {
            throw .unavailable("redis", cause: error)
        }
    }

    /// Of each user when the oldest of the sockets whose leases have not ended was opened, in milliseconds; 0 for none.
    private static let finding = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local found = {}
        for i = 1, #KEYS, 2 do
            local oldest = 0
            for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[i], '(' .. now, '+inf')) do
                local about = redis.call('HGET', KEYS[i + 1], id)
                local since = about and tonumber(string.match(about, '^%d+'))
                if since and (oldest == 0 or since < oldest) then oldest = since end
            end
            found[#found + 1] = oldest
        end
        return found
        """)
}

// MARK: - In Redis

extension RedisConnectionRegistry {
    private static func keys(of user: UserID) -> (leases: String, about: String) {
        ("chat:sockets:{\(user)}", "chat:sockets:{\(user)}:about")
    }

    /// Nil when it has its place; else how many are open.
    private func lease(_ connection: Connection, atMost most: Int64) async throws -> Int64? {
        let (leases, about) = Self.keys(of: connection.userID)
        let since = Int64(connection.connectedAt.timeIntervalSince1970 * 1_000)
        let reply = try await redis.eval(
            Self.adding, keys: [leases, about],
            arguments: [
                connection.id.uuidString, Int(min(most, 1 << 53)), Self.leaseMilliseconds,
                "\(since) \(replica) \(connection.userAgent)",
            ], timeout: patience
        ).decode([Int].self)
        guard reply.count == 2 else { throw RedisError.unexpectedReply("a place") }
        return reply[0] == 1 ? nil : Int64(reply[1])
    }

    private static var leaseMilliseconds: Int { Int(lease / .milliseconds(1)) }

    private static func renewal(of batch: [[Connection]]) -> (keys: [String], arguments: [String]) {
        var (names, arguments) = ([String](), [String(leaseMilliseconds)])
        for connections in batch {
            guard let user = connections.first?.userID else { continue }
            let (leases, about) = keys(of: user)
            names += [leases, about]
            arguments.append(String(connections.count))
            arguments += connections.map(\.id.uuidString)
        }
        return (names, arguments)
    }

    /// Drops what has ended, counts, and adds: all in one step.
    private static let adding = RedisScript(
        """
        local id, most, lease, about = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
            redis.call('ZREM', KEYS[1], gone)
            redis.call('HDEL', KEYS[2], gone)
        end
        local open = redis.call('ZCARD', KEYS[1])
        if open >= most and not redis.call('ZSCORE', KEYS[1], id) then return {0, open} end
        redis.call('ZADD', KEYS[1], now + lease, id)
        redis.call('HSET', KEYS[2], id, about)
        redis.call('PEXPIRE', KEYS[1], lease)
        redis.call('PEXPIRE', KEYS[2], lease)
        return {1, redis.call('ZCARD', KEYS[1])}
        """)

    /// Gives new leases to those that are there, of many users; answers which are not.
    private static let renewing = RedisScript(
        """
        local lease, place, missing = tonumber(ARGV[1]), 2, {}
        local time = redis.call('TIME')
        local ends = time[1] * 1000 + math.floor(time[2] / 1000) + lease
        for i = 1, #KEYS, 2 do
            local count = tonumber(ARGV[place])
            for j = place + 1, place + count do
                if redis.call('ZSCORE', KEYS[i], ARGV[j]) then redis.call('ZADD', KEYS[i], ends, ARGV[j])
                else missing[#missing + 1] = ARGV[j] end
            end
            place = place + count + 1
            redis.call('PEXPIRE', KEYS[i], lease)
            redis.call('PEXPIRE', KEYS[i + 1], lease)
        end
        return missing
        """)
}
