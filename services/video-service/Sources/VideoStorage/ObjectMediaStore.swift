public import DomainKit
public import Foundation
public import NIOCore
public import ObjectStorage
import StorageKit
public import VideoDomain

/// The bytes of videos in an object store, whichever has the capabilities they take.
public struct ObjectMediaStore<
    Store: TailUploading & ObjectJoining & ObjectListing & ObjectReading & ObjectRemoving & PartChecking & PartSigning
        & ReadSigning
>: MediaStore {
    let store: Store
    private let seal: LinkHolderSeal

    public init(store: Store, seal: LinkHolderSeal) {
        self.store = store
        self.seal = seal
    }

    public func begin(_ key: MediaKey) async throws -> MediaUpload {
        try await fromObjectStore {
            MediaUpload(key: key, id: try await store.begin(try objectKey(key)).id)
        }
    }

    public func writer(to upload: MediaUpload, at offset: Int64) async throws -> ObjectMediaWriter<Store.Writer> {
        try await fromObjectStore {
            ObjectMediaWriter(writer: try await store.writer(to: try objectUpload(upload), at: offset))
        }
    }

    public func complete(_ upload: MediaUpload, size: Int64) async throws {
        try await fromObjectStore { _ = try await store.complete(try objectUpload(upload), size: size) }
    }

    public func complete(
        _ upload: MediaUpload, joining parts: [(upload: MediaUpload, size: Int64)]
    ) async throws {
        try await fromObjectStore {
            // Only objects can be joined; those that are one already stay as they are.
            var sources: [ObjectInfo] = []
            for part in parts {
                sources.append(try await store.complete(try objectUpload(part.upload), size: part.size))
            }
            _ = try await store.complete(try objectUpload(upload), joining: sources)
        }
    }

    public func abort(_ upload: MediaUpload) async throws {
        try await fromObjectStore { try await store.abort(try objectUpload(upload)) }
    }

    public func beginning(of key: MediaKey, count: Int) async throws -> [UInt8]? {
        try await fromObjectStore {
            do {
                var bytes: [UInt8] = []
                for try await piece in try await store.read(try objectKey(key), range: 0..<Int64(count)) {
                    bytes += piece.readableBytesView
                }
                return bytes
            } catch ObjectStoreError.objectNotFound {
                return nil
            } catch ObjectStoreError.rangeNotSatisfiable {
                return []  // nothing has no first byte
            }
        }
    }

    public func remove(_ key: MediaKey) async throws {
        try await fromObjectStore { try await store.remove(try objectKey(key)) }
    }

    public func uploads(begunBefore date: Date, after mark: String?) async throws -> MediaUploadPage {
        try await fromObjectStore {
            let page = try await store.uploads(begunBefore: date, after: mark)
            let uploads = page.items.map { MediaUpload(key: MediaKey(noted: $0.key.description), id: $0.id) }
            return MediaUploadPage(uploads: uploads, next: page.next)
        }
    }

    public func objects(in area: String, after mark: String?) async throws -> MediaObjectPage {
        try await fromObjectStore {
            let page = try await store.objects(under: area, after: mark, limit: 1_000)
            let objects = page.items.map {
                MediaObject(key: MediaKey(noted: $0.key.description), size: $0.size, modified: $0.modified)
            }
            return MediaObjectPage(objects: objects, next: page.next)
        }
    }

    public func link(to watched: WatchedVideo, for viewer: Viewer, until expiry: Date) async throws -> PlaybackLink {
        try await fromObjectStore {
            let video = watched.video
            let presentation = Presentation(contentType: video.contentType.text, filename: video.filename?.text)
            let signed = try await store.signedURL(
                for: try objectKey(video.mediaKey), as: presentation,
                to: try seal.text(of: LinkHolder(viewer, as: watched.sight)),
                until: expiry)
            return PlaybackLink(url: signed.url, expiresAt: signed.expiry)
        }
    }

    public func link(to made: MediaKey, for viewer: Viewer, until expiry: Date) async throws -> PlaybackLink {
        try await fromObjectStore {
            let signed = try await store.signedURL(
                for: try objectKey(made), as: Presentation(contentType: made.contentType),
                to: try seal.text(of: LinkHolder(viewer, as: .itself)), until: expiry)
            return PlaybackLink(url: signed.url, expiresAt: signed.expiry)
        }
    }

    func objectUpload(_ upload: MediaUpload) throws -> ObjectUpload {
        ObjectUpload(key: try objectKey(upload.key), id: upload.id)
    }

    func objectKey(_ key: MediaKey) throws -> ObjectKey { try key.objectKey() }
}

extension MediaKey {
    /// Of what is made of films, by what its name ends with.
    fileprivate var contentType: String { text.hasSuffix(".jpg") ? "image/jpeg" : "application/octet-stream" }

    func objectKey() throws -> ObjectKey {
        guard let objectKey = ObjectKey(text) else {
            throw Failure.storageFault(ObjectStoreError.unavailable(reason: "\(text) is no object key"))
        }
        return objectKey
    }
}

/// Hands the pieces of a body on as they came off the socket, without copying them.
public struct ObjectMediaWriter<Writer: ObjectWriter>: MediaWriter {
    let writer: Writer

    public static func byteCount(of chunk: ByteBuffer) -> Int { chunk.readableBytes }

    public func write(_ chunk: ByteBuffer) async throws {
        try await fromObjectStore { try await writer.write(chunk) }
    }

    public func flush() async throws -> Int64 {
        try await fromObjectStore { try await writer.flush() }
    }
}
