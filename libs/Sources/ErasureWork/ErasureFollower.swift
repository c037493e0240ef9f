public import IdentityEvents
public import Logging
public import Postgres

/// Takes out, in one service, what is kept of accounts that user-service has erased: reads on in the feed, works the accounts
/// off step by step, and reports each that is done.
///
/// Every replica may do so all the time. What is known is worked off and reported later though user-service be away.
public struct ErasureFollower<Eraser: AccountEraser>: Sendable {
    private let feed: any ErasureFeed
    private let book: ErasureBook
    private let eraser: Eraser
    private let logger: Logger

    /// - Parameter database: has the tables of `ErasureBook`.
    public init(feed: any ErasureFeed, database: PostgresClient, eraser: Eraser, logger: Logger) {
        self.feed = feed
        book = ErasureBook(database: database)
        self.eraser = eraser
        self.logger = logger
    }

    /// One piece of the work; true when there may be more to do at once.
    ///
    /// Fails: unavailable, and as feed and eraser do. Whatever fails is tried again by a later call.
    public func work() async throws -> Bool {
        switch try await book.advance(eraser) {
        case .idle: break
        case .stepped:
            await eraser.settle()
            return true
        case .done(let account, let removed):
            await eraser.settle()
            logger.notice(
                "erased account taken out", metadata: ["account": "\(account)", "removed": "\(removed)"])
            return true
        }
        try await report()
        return try await look()
    }

    private func report() async throws {
        for (account, removed) in try await book.unreported() {
            try await feed.report(removed, of: account)
            try await book.noteReport(removed, of: account)
        }
    }

    private func look() async throws -> Bool {
        let position = try await book.position()
        let page = try await feed.erasures(after: position)
        if page.next == position { return false }
        try await book.note(page)
        return !page.items.isEmpty
    }
}
