public import DomainKit
public import Foundation
public import IdentityEvents

/// An account that was erased, and what was done about it where.
public struct Erasure: Sendable, Hashable {
    public let account: ErasedAccount
    /// When every service had reported; nil before.
    public let finishedAt: Date?
    public let reports: [ErasureReport]

    public init(account: ErasedAccount, finishedAt: Date?, reports: [ErasureReport]) {
        self.account = account
        self.finishedAt = finishedAt
        self.reports = reports
    }
}

/// What one service took out of what it had kept of an account.
public struct ErasureReport: Sendable, Hashable {
    /// Those that have something of accounts, beside this one.
    public static let services: Set<String> = ["video-service", "chat-service"]
    /// Kinds in one report.
    public static let mostKinds = 32

    public let service: String
    /// How much of what.
    public let removed: [String: Int64]
    public let at: Date

    public init(service: String, removed: [String: Int64], at: Date) {
        self.service = service
        self.removed = removed
        self.at = at
    }
}

/// How far erasures are behind.
public struct ErasureBacklog: Sendable, Hashable {
    /// Erased here and not reported by every service, or due and not erased here.
    public let unfinished: Int
    /// For how long the oldest of them has been.
    public let oldest: Duration

    public init(unfinished: Int, oldest: Duration) {
        self.unfinished = unfinished
        self.oldest = oldest
    }
}

/// The place in a list of erasures, the newest first.
public struct ErasureCursor: Sendable {
    public let seq: Int64

    public init(_ seq: Int64) {
        self.seq = seq
    }

    /// Fails: `invalidCursor`, for a cursor of another list.
    public init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        seq = try parts.integer(in: 1...Int64.max)
        try parts.done()
    }

    public var cursor: Cursor { Cursor([String(seq)]) }
}
