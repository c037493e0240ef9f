import Foundation
import IdentityEvents
public import Logging
public import Postgres
public import RedisIdentityEvents
public import ServiceLifecycle

/// Brings what is committed to the stream that all services read: as soon as PostgreSQL says that there is something, and
/// once a second whatever it says.
///
/// Any number of replicas relay at the same time: what one of them has published no other does again, and where the stream
/// ends the next one goes on, whoever died. A stream that was emptied is filled with all that is kept, and one that ends
/// where this database never was, as after a restored backup, is begun anew. While Redis is away nothing is lost: readers
/// ask the feed.
public struct IdentityRelay: Service {
    /// However many replicas race, a round comes to its end; there is another one a second later.
    private static let mostTurns = 1_000

    private let database: PostgresClient
    private let feed: PostgresIdentityFeed
    private let publisher: RedisIdentityPublisher
    private let logger: Logger

    public init(
        database: PostgresClient, feed: PostgresIdentityFeed, publisher: RedisIdentityPublisher, logger: Logger
    ) {
        self.database = database
        self.feed = feed
        self.publisher = publisher
        self.logger = logger
    }

    public func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in database.notifications(on: "identity_events") { wake.yield() }
                }
                group.addTask {
                    while !Task.isCancelled {
                        wake.yield()
                        try? await Task.sleep(for: .seconds(1))
                    }
                }
                group.addTask { await relay(on: wakes) }
            }
        }
    }

    private func relay(on wakes: AsyncStream<Void>) async {
        var position = IdentityPosition.beginning
        var isBehind = false
        for await _ in wakes {
            do {
                position = try await relay(from: position)
                if isBehind { logger.notice("identity events are published again") }
                isBehind = false
            } catch {
                if Task.isCancelled { return }
                if !isBehind { logger.warning("identity events not published", metadata: ["error": "\(error)"]) }
                isBehind = true
            }
        }
    }

    /// Publishes what is committed, and says where the stream ends then.
    ///
    /// The database is asked before each word to the stream, the beat included: it says that there is nothing else.
    func relay(from start: IdentityPosition) async throws -> IdentityPosition {
        var position = start
        for _ in 0..<Self.mostTurns {
            let look = try await feed.look(after: position)
            if !look.isKnown {
                logger.warning(
                    "identity stream begun anew", metadata: ["stood": "\(position)", "ends": "\(look.page.next)"])
            }
            position = try await publisher.publish(
                look.page.events, after: position, at: feed.now(), hasMore: look.hasMore, resetting: !look.isKnown)
            // Elsewhere: another replica was faster, or the stream is not what it was. Its end tells where to go on.
            if position == look.page.next, !look.hasMore { break }
        }
        return position
    }
}
