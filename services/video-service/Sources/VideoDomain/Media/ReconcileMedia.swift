public import DomainKit
public import Foundation

/// The port to who owns bytes. Fails: `unavailable`.
public protocol MediaOwners: Sendable {
    /// Those of `keys` that no video, no upload and no note is about.
    func unowned(among keys: [MediaKey]) async throws -> [MediaKey]

    /// Notes for `MediaCleanup` those of `keys` that nobody owns by then; returns how many.
    func abandon(_ keys: [MediaKey]) async throws -> Int

    /// Videos whose bytes are to be there, those that are taken down too, by their ids, those behind `last`.
    func complete(after last: VideoID?, limit: Int) async throws -> [Video]
}

/// How much was found.
public struct ReconcileOutcome: Sendable, Hashable {
    public var unowned = 0
    public var missing = 0
    public var damaged = 0
    /// To be removed by the housekeeping.
    public var noted = 0
}

/// Holds store and database against each other, after one of them was restored to an earlier moment than the other: bytes that
/// nobody owns, and videos that have none.
///
/// Changes nothing but, if it is told to, notes on what nobody owns; the housekeeping removes that. Rows are made before their bytes, so what
/// is uploaded meanwhile is owned. Several may run at once. Fails: `unavailable`; what was noted stays noted.
public struct ReconcileMedia<Owners: MediaOwners, Media: MediaStore>: Sendable {
    public enum Finding: Sendable, Hashable {
        case unowned(MediaObject)
        case missing(VideoID)
        /// The bytes are not as many as they were.
        case damaged(VideoID)
    }

    let owners: Owners
    let media: Media

    public init(owners: Owners, media: Media) {
        self.owners = owners
        self.media = media
    }

    /// Tells what is found, as it is found.
    ///
    /// - Parameter date: what was written since then is left out.
    public func callAsFunction(
        writtenBefore date: Date, abandoning: Bool, _ tell: @Sendable (Finding) -> Void
    ) async throws -> ReconcileOutcome {
        var outcome = ReconcileOutcome()
        for area in MediaKey.areas {
            var mark: String?
            repeat {
                let page = try await media.objects(in: area, after: mark)
                let old = page.objects.filter { $0.modified < date }
                let unowned = Set(try await owners.unowned(among: old.map(\.key)))
                for object in old where unowned.contains(object.key) { tell(.unowned(object)) }
                outcome.unowned += unowned.count
                if abandoning, !unowned.isEmpty { outcome.noted += try await owners.abandon(Array(unowned)) }
                mark = page.next
            } while mark != nil
        }
        try await lookForBytes(&outcome, tell)
        return outcome
    }

    private func lookForBytes(_ outcome: inout ReconcileOutcome, _ tell: @Sendable (Finding) -> Void) async throws {
        var last: VideoID?
        repeat {
            let videos = try await owners.complete(after: last, limit: 100)
            for video in videos {
                let bytes = MediaUpload(key: video.mediaKey, id: "")
                if try await media.completed(bytes, size: video.size, hashing: false) != nil { continue }
                if try await media.beginning(of: video.mediaKey, count: 1) == nil {
                    outcome.missing += 1
                    tell(.missing(video.id))
                } else {
                    outcome.damaged += 1
                    tell(.damaged(video.id))
                }
            }
            last = videos.last?.id
        } while last != nil
    }
}
