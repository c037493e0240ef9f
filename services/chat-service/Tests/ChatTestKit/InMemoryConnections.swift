public import ChatDomain
public import DomainKit
public import Foundation
import Synchronization

/// Connections in memory, for as many replicas as share one.
public final class InMemoryConnections: ConnectionRegistry {
    private let open = Mutex<[UserID: [UUID: Connection]]>([:])

    public init() {}

    public func add(_ connection: Connection, atMost most: Int64) async -> ConnectionAddition {
        open.withLock { open in
            let count = Int64(open[connection.userID]?.count ?? 0)
            guard count < most else { return .full(open: count) }
            open[connection.userID, default: [:]][connection.id] = connection
            return .added
        }
    }

    public func remove(_ connection: Connection) {
        open.withLock { $0[connection.userID]?[connection.id] = nil }
    }

    public func present(among users: [UserID]) async throws(Failure) -> [UserID: Date] {
        open.withLock { open in
            users.reduce(into: [:]) { present, user in
                present[user] = open[user]?.values.map(\.connectedAt).min()
            }
        }
    }

    /// All there are.
    public var all: [Connection] { open.withLock { $0.values.flatMap(\.values) } }
}
