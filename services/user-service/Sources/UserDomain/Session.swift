public import DomainKit
public import Foundation

public typealias SessionID = ID<Session>

/// One sign-in of one device, and all tokens that came of it.
public struct Session: Sendable, Hashable {
    /// Signing in once more ends the oldest.
    public static let mostPerUser = 100

    public let id: SessionID
    public let userID: UserID
    public let createdAt: Date
    /// When tokens were last issued.
    public var lastUsedAt: Date
    /// When it ends unless it is used before.
    public var expiresAt: Date
    public let device: Device
    /// What was shown in it, as far as that still counts.
    public var methods: Set<AuthenticationMethod>
    /// When any of it was shown last: at the sign-in, or at a step up since.
    public var authenticatedAt: Date

    public init(
        id: SessionID, userID: UserID, createdAt: Date, lastUsedAt: Date, expiresAt: Date, device: Device,
        methods: Set<AuthenticationMethod>, authenticatedAt: Date
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.device = device
        self.methods = methods
        self.authenticatedAt = authenticatedAt
    }

    public var authentication: Authentication { Authentication(methods: methods, at: authenticatedAt) }
}

/// The place in a list of sessions, which is in the order of their ids, the newest first.
public struct SessionCursor: Sendable {
    public let id: SessionID

    public init(_ id: SessionID) {
        self.id = id
    }

    /// Fails: `invalidCursor`, for a cursor of another list.
    public init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        id = try parts.id()
        try parts.done()
    }

    public var cursor: Cursor { Cursor([id.description]) }
}
