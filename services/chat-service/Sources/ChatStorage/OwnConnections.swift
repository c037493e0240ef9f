import ChatDomain
import DomainKit
import Foundation

/// The connections of one replica, by user, in as many parts as there are turns in which their leases are renewed.
struct OwnConnections {
    /// A second each. Two rounds fit into a lease, so that one that fails takes nobody's place.
    static let turns = 10
    /// Users whose leases are renewed at once: a fraction of a millisecond of the server's time.
    static let batch = 100

    private var parts = [[UserID: [Connection]]](repeating: [:], count: turns)

    /// How many its user has here with it.
    mutating func add(_ connection: Connection) -> Int64 {
        let part = Self.part(of: connection.userID)
        parts[part][connection.userID, default: []].append(connection)
        return Int64(parts[part][connection.userID]?.count ?? 0)
    }

    /// False when it was not there.
    mutating func remove(_ connection: Connection) -> Bool {
        let (part, user) = (Self.part(of: connection.userID), connection.userID)
        guard let place = parts[part][user]?.firstIndex(where: { $0.id == connection.id }) else { return false }
        parts[part][user]?.remove(at: place)
        if parts[part][user]?.isEmpty == true { parts[part][user] = nil }
        return true
    }

    func contains(_ connection: Connection) -> Bool {
        parts[Self.part(of: connection.userID)][connection.userID]?.contains { $0.id == connection.id } == true
    }

    /// Those whose turn it is, some users at a time.
    func batches(of turn: Int) -> [[[Connection]]] {
        let all = Array(parts[turn % Self.turns].values)
        return stride(from: 0, to: all.count, by: Self.batch).map {
            Array(all[$0..<min($0 + Self.batch, all.count)])
        }
    }

    private static func part(of user: UserID) -> Int { Int(user.uuid.uuid.15) % turns }
}
