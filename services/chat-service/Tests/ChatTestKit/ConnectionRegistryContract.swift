public import ChatDomain
public import DomainKit
import Foundation

/// What a registry must do, run on the one in memory and on Redis, always as two replicas see it.
public struct ConnectionRegistryContract: Sendable, CustomStringConvertible {
    public let description: String
    let body: @Sendable (any ConnectionRegistry, any ConnectionRegistry) async throws -> Void

    public func check(_ one: any ConnectionRegistry, _ other: any ConnectionRegistry) async throws {
        try await body(one, other)
    }

    private static func expect(_ holds: Bool, _ promise: String) throws {
        if !holds { throw ChatStoreContract.Broken(description: promise) }
    }

    public static let all: [ConnectionRegistryContract] = [
        ConnectionRegistryContract(description: "a user has so many sockets and no more, wherever they are") {
            one, other in
            let user = Sample.user()
            try expect(await one.add(.sample(of: user), atMost: 2) == .added, "the first")
            try expect(await other.add(.sample(of: user), atMost: 2) == .added, "the second, on the other")
            for replica in [one, other] {
                try expect(await replica.add(.sample(of: user), atMost: 2) == .full(open: 2), "no third")
            }
            try expect(await one.add(.sample(of: user), atMost: 3) == .added, "another tier has another limit")
            try expect(await other.add(.sample(of: user), atMost: 1) == .full(open: 3), "which a lapse takes back")
            try expect(await other.add(.sample(of: Sample.user()), atMost: 1) == .added, "others have their own")
        },
        ConnectionRegistryContract(description: "who has a socket open anywhere is present, since the oldest of them") {
            one, other in
            let (user, absent, many) = (Sample.user(), Sample.user(), (0..<250).map { _ in Sample.user() })
            let late = Connection.sample(of: user)
            let early = Connection(
                id: UUID(), userID: user, connectedAt: late.connectedAt.addingTimeInterval(-60), userAgent: "")
            _ = await one.add(late, atMost: 9)
            try expect(
                try await other.present(among: [absent, user]) == [user: late.connectedAt], "on the other as well")
            _ = await other.add(early, atMost: 9)
            try expect(try await one.present(among: [user]) == [user: early.connectedAt], "since the oldest")
            for each in many { _ = await other.add(.sample(of: each), atMost: 1) }
            let found = try await one.present(among: [absent] + many)
            try expect(Set(found.keys) == Set(many), "however many there are")
            try expect(try await one.present(among: []).isEmpty, "nobody of nobody")
            for connection in [late, early] { (connection == late ? one : other).remove(connection) }
            for _ in 0..<20_000 where try await !one.present(among: [user]).isEmpty {
                try await Task.sleep(for: .milliseconds(1))
            }
            try expect(try await other.present(among: [user]).isEmpty, "gone with the last")
        },
        ConnectionRegistryContract(description: "of fifty at once, on both, exactly so many get a place") {
            one, other in
            let user = Sample.user()
            let added = await withTaskGroup(of: Int.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let replica = number.isMultiple(of: 2) ? one : other
                        return await replica.add(.sample(of: user), atMost: 7) == .added ? 1 : 0
                    }
                }
                return await group.reduce(0, +)
            }
            try expect(added == 7, "seven, not \(added)")
        },
        ConnectionRegistryContract(description: "a place that is given back is there for the next, on both") {
            one, other in
            let user = Sample.user()
            for round in 0..<20 {
                let connection = Connection.sample(of: user)
                let (here, there) = round.isMultiple(of: 2) ? (one, other) : (other, one)
                try expect(try await here.comesIn(connection, atMost: 1), "round \(round)")
                try expect(await there.add(.sample(of: user), atMost: 1) == .full(open: 1), "taken")
                here.remove(connection)
                here.remove(connection)
            }
        },
    ]
}

extension Connection {
    public static func sample(of user: UserID) -> Connection {
        Connection(id: UUID(), userID: user, connectedAt: Sample.moment(), userAgent: "test/1 (é)")
    }
}

extension ConnectionRegistry {
    /// Whether it gets a place before long: giving one back takes no answer.
    public func comesIn(_ connection: Connection, atMost most: Int64) async throws -> Bool {
        for _ in 0..<20_000 {
            if await add(connection, atMost: most) == .added { return true }
            try await Task.sleep(for: .milliseconds(1))
        }
        return false
    }
}
