import DomainKit
public import Foundation

/// Bytes nobody needs any more, noted in the transaction that made them so.
public struct AbandonedMedia: Sendable, Hashable {
    public var id: Int64
    public var key: MediaKey
    /// The upload's, when the bytes were still on their way.
    public var mediaID: String?

    public init(id: Int64, key: MediaKey, mediaID: String?) {
        self.id = id
        self.key = key
        self.mediaID = mediaID
    }
}

/// The port to the notes on bytes nobody needs. Fails: `unavailable`.
public protocol AbandonedMediaStore: Sendable {
    /// The oldest notes of those that are due.
    func oldest(_ limit: Int) async throws -> [AbandonedMedia]

    /// The bytes could not be removed: the note is not due again for `pause`.
    func postpone(_ id: Int64, for pause: Duration) async throws

    /// The bytes are gone.
    func forget(_ id: Int64) async throws

    /// Those of `uploads` that no upload row knows.
    func unknown(among uploads: [MediaUpload]) async throws -> [MediaUpload]
}

/// What a use case needs of the cleanup: that it happens, not how.
public protocol MediaCleaning: Sendable {
    /// Does what can be done now. What fails stays noted and is tried again later.
    func soon() async
}

/// Removes the bytes of deleted videos and of uploads that were given up.
public struct MediaCleanup<Notes: AbandonedMediaStore, Media: MediaStore>: MediaCleaning {
    let notes: Notes
    let media: Media
    private let pause = Duration.seconds(600)

    public init(notes: Notes, media: Media) {
        self.notes = notes
        self.media = media
    }

    public func soon() async {
        _ = try? await callAsFunction(100)
    }

    /// Works off `limit` notes at most; returns how many, and how many could not be: those wait and let others pass.
    /// Fails: `unavailable` without the notes; what is left stays noted.
    public func callAsFunction(_ limit: Int) async throws -> (cleaned: Int, failed: Int) {
        var (cleaned, failed) = (0, 0)
        for note in try await notes.oldest(limit) {
            do {
                if let id = note.mediaID { try await media.abort(MediaUpload(key: note.key, id: id)) }
                try await remove(note.key)
            } catch {
                try await notes.postpone(note.id, for: pause)
                failed += 1
                continue
            }
            try await notes.forget(note.id)
            cleaned += 1
        }
        return (cleaned, failed)
    }

    private func remove(_ key: MediaKey) async throws {
        guard key.isArea else { return try await media.remove(key) }
        var mark: String?
        repeat {
            let page = try await media.objects(in: key.text, after: mark)
            for object in page.objects { try await media.remove(object.key) }
            mark = page.next
        } while mark != nil
    }

    /// Gives up bytes that no upload knows, as a crash between making them and noting them leaves behind. Returns how many
    /// there were, and how many more could not be given up.
    public func removeOrphans(begunBefore date: Date) async throws -> (removed: Int, failed: Int) {
        var (removed, failed, mark): (Int, Int, String?) = (0, 0, nil)
        repeat {
            let page = try await media.uploads(begunBefore: date, after: mark)
            for orphan in try await notes.unknown(among: page.uploads) {
                do {
                    try await media.abort(orphan)
                    removed += 1
                } catch {
                    failed += 1
                }
            }
            mark = page.next
        } while mark != nil
        return (removed, failed)
    }
}
