public import Foundation
public import IdentityEvents
public import Logging

/// What a service has of somebody, as pieces of their export.
public protocol AccountExporter: Sendable {
    /// The piece that begins at `place`, nil being the beginning. There is always one, if only to say that there is nothing.
    func piece(of account: UUID, from place: String?) async throws -> ExportPiece
}

/// Gives a service's part of the exports that people ask for, piece by piece, each read when the one before it was taken.
///
/// It keeps nothing: how far it has come user-service knows. Replicas may do it together; a piece that two of them give counts
/// once.
public struct DataExportFollower: Sendable {
    private let feed: any DataExportFeed
    private let exporter: any AccountExporter
    private let logger: Logger

    public init(feed: any DataExportFeed, exporter: any AccountExporter, logger: Logger) {
        self.feed = feed
        self.exporter = exporter
        self.logger = logger
    }

    /// One piece for each export that waits for any; true when there may be more to do at once. One that fails keeps no other
    /// from its piece.
    ///
    /// Fails: as the feed does.
    public func work() async throws -> Bool {
        let tasks = try await feed.exports()
        var hasGiven = false
        for task in tasks {
            do {
                let piece = try await exporter.piece(of: task.userID, from: task.place)
                try await feed.give(piece, number: task.next, to: task.id)
                hasGiven = true
            } catch {
                if Task.isCancelled { throw error }
                logger.warning("piece of an export not given", metadata: ["export": "\(task.id)", "error": "\(error)"])
            }
        }
        return hasGiven
    }
}
