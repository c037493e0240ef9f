public import DomainKit
public import Foundation

/// An open socket, as others than the replica that has it may know of it.
public struct Connection: Sendable, Hashable {
    public let id: UUID
    public let userID: UserID
    public let connectedAt: Date
    /// What the client says of itself, cut short; empty when it says nothing.
    public let userAgent: String

    public init(id: UUID, userID: UserID, connectedAt: Date, userAgent: String) {
        self.id = id
        self.userID = userID
        self.connectedAt = connectedAt
        self.userAgent = String(userAgent.unicodeScalars.prefix(Self.longestUserAgent))
    }

    public static let longestUserAgent = 200
}

/// The port to which sockets of a user are open, on all replicas together.
///
/// What a replica that was killed had open counts for a while longer, and no longer than that. While the replicas cannot ask
/// one another each counts its own alone.
public protocol ConnectionRegistry: Sendable {
    /// Takes a place for the connection if it is among the first `most` of its user; one step, which no other comes between.
    func add(_ connection: Connection, atMost most: Int64) async -> ConnectionAddition
    /// Gives the place back. Returns at once; does nothing for one that has none.
    func remove(_ connection: Connection)
    /// Those of the users who have a socket open anywhere, and since when. Fails: `unavailable`.
    func present(among users: [UserID]) async throws(Failure) -> [UserID: Date]
}

public enum ConnectionAddition: Sendable, Hashable {
    case added
    /// So many are open already.
    case full(open: Int64)
}
