import Foundation
import NIOCore
import ObjectStorage

// The page in Sources/ObjectStorage/README.md, from the next line to the end.
/// Asks for the capabilities it uses and runs on every store that has them.
struct ClipShelf<Store: TailUploading & ObjectReading & ObjectListing & ObjectRemoving & ReadSigning>: Sendable {
    let store: Store

    /// The id is worth writing down before the first byte comes: with it any process goes on.
    func begin(_ name: String) async throws -> ObjectUpload? {
        guard let key = ObjectKey("clips/\(name)") else { return nil }
        return try await store.begin(key)
    }

    /// Takes bytes as they come off a socket. What `flush` returned is durable and is noted before the next one, so that
    /// after a crash the noted offset is one the store can go on at.
    func append<Body: AsyncSequence>(
        _ body: Body, to upload: ObjectUpload, at offset: Int64, note: (Int64) async throws -> Void
    ) async throws where Body.Element == ByteBuffer {
        let writer = try await store.writer(to: upload, at: offset)
        var unflushed = 0
        for try await bytes in body {
            try await writer.write(bytes)
            unflushed += bytes.readableBytes
            if unflushed >= 64 << 20 {
                try await note(try await writer.flush())
                unflushed = 0
            }
        }
        try await note(try await writer.flush())
    }

    /// May be done again after a lost reply.
    func finish(_ upload: ObjectUpload, size: Int64) async throws -> ObjectInfo {
        try await store.complete(upload, size: size)
    }

    /// A link for a minute; nobody but its holder needs to be asked.
    func link(_ key: ObjectKey) async throws -> SignedURL {
        let presentation = Presentation(contentType: "audio/ogg", filename: "clip.ogg")
        return try await store.signedURL(for: key, as: presentation, until: Date(timeIntervalSinceNow: 60))
    }

    /// The first kilobyte of exactly this version.
    func beginning(of clip: ObjectInfo) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        for try await var piece in try await store.read(clip.key, range: 0..<1_024, ifMatch: clip.etag) {
            bytes.writeBuffer(&piece)
        }
        return bytes
    }

    /// Everything older than `date`, and what was begun before and never finished.
    func clear(olderThan date: Date) async throws {
        var mark: String?
        repeat {
            let page = try await store.objects(under: "clips/", after: mark, limit: 1_000)
            _ = try await store.remove(page.items.filter { $0.modified < date }.map(\.key))
            mark = page.next
        } while mark != nil
        repeat {
            let page = try await store.uploads(begunBefore: date, after: mark)
            for upload in page.items { try await store.abort(upload) }
            mark = page.next
        } while mark != nil
    }
}
