import DomainKit
public import Foundation

/// Bytes nobody needs any more, noted in the transaction that made them so.
public struct AbandonedMedia: Sendable, Hashable {
    public var id: Int64
    public var key: MediaKey
    /// The handle of the upload when the bytes were still on their way.
    public var handle: String?

    public init(id: Int64, key: MediaKey, handle: String?) {
        self.id = id
        self.key = key
        self.handle = handle
    }
}

/// The port to the notes on bytes nobody needs. Fails: `unavailable`.
public protocol AbandonedMediaStore: Sendable {
    /// The oldest notes.
    func oldest(_ limit: Int) async throws -> [AbandonedMedia]

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

    public init(notes: Notes, media: Media) {
        self.notes = notes
        self.media = media
    }

    public func soon() async {
        _ = try? await callAsFunction()
    }

    /// Returns how many notes were worked off. Fails: `unavailable`; what is left stays noted.
    public func callAsFunction() async throws -> Int {
        let abandoned = try await notes.oldest(100)
        for note in abandoned {
            if let handle = note.handle { try await media.discard(MediaUpload(key: note.key, handle: handle)) }
            try await media.delete(note.key)
            try await notes.forget(note.id)
        }
        return abandoned.count
    }

    /// Gives up bytes that no upload knows, as a crash between making them and noting them leaves behind.
    public func removeOrphans(idleSince date: Date) async throws -> Int {
        let orphans = try await notes.unknown(among: media.uploads(idleSince: date))
        for orphan in orphans { try await media.discard(orphan) }
        return orphans.count
    }
}
