import DomainKit
import Foundation
public import NIOCore
public import VideoDomain

/// What every `MediaStore` promises.
public struct MediaStoreContract<Media: MediaStore>: Sendable where Media.Writer.Chunk == ByteBuffer {
    let media: Media
    /// Whether we answer its URLs ourselves, and can take them back.
    let answersHere: Bool

    public init(media: Media, answersHere: Bool = true) {
        self.media = media
        self.answersHere = answersHere
    }

    public static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("bytes of several requests are completed, and again", { try await $0.completes() }),
            ("bytes go on where a flush ended and leave no hole", { try await $0.continues() }),
            ("too few bytes are not completed and not lost", { try await $0.refusesIncomplete() }),
            ("an aborted upload is gone, and aborting again succeeds", { try await $0.aborts() }),
            ("the first bytes are read, or all there are", { try await $0.readsBeginnings() }),
            ("removing succeeds, and again", { try await $0.removes() }),
            ("uploads under way are listed on some page, others on none", { try await $0.lists() }),
            ("what is complete is listed once, in the order of keys", { try await $0.listsObjects() }),
            ("a URL names the video and its end, and is another one for each credential", { try await $0.signs() }),
        ]
    }

    private func key() -> MediaKey { MediaKey(of: VideoID(UUID())) }

    private func append(_ text: String, to upload: MediaUpload, at offset: Int64) async throws -> Int64 {
        let writer = try await media.writer(to: upload, at: offset)
        try await writer.write(ByteBuffer(string: text))
        return try await writer.flush()
    }

    private func isRefused(_ work: () async throws -> Void) async -> Failure? {
        do {
            try await work()
            return nil
        } catch {
            return error as? Failure
        }
    }

    func completes() async throws {
        let upload = try await media.begin(key())
        try hold(try await append("hel", to: upload, at: 0) == 3, "a flush tells where the bytes end")
        try hold(try await append("lo", to: upload, at: 3) == 5, "of all requests")
        try await media.complete(upload, size: 5)
        try await media.complete(upload, size: 5)
        let other = await isRefused { try await media.complete(upload, size: 4) }
        try hold(other?.code == Failure.uploadNotFound.code, "there is no such upload of another size")
    }

    func continues() async throws {
        let upload = try await media.begin(key())
        _ = try await append("hello", to: upload, at: 0)
        _ = try await append("world", to: upload, at: 5)
        try hold(try await append("x", to: upload, at: 5) == 6, "what was behind is given up")
        try hold(await isRefused { _ = try await media.writer(to: upload, at: 11) } != nil, "no hole")
    }

    func refusesIncomplete() async throws {
        let upload = try await media.begin(key())
        _ = try await append("hello", to: upload, at: 0)
        let short = await isRefused { try await media.complete(upload, size: 6) }
        try hold(short?.kind == .fault, "nobody asks for it who keeps count")
        try hold(try await append("!", to: upload, at: 5) == 6, "and all bytes are there")
        try await media.complete(upload, size: 6)
    }

    func aborts() async throws {
        let upload = try await media.begin(key())
        _ = try await append("hello", to: upload, at: 0)
        try await media.abort(upload)
        try await media.abort(upload)
        let gone = await isRefused { _ = try await media.writer(to: upload, at: 0) }
        try hold(gone?.code == Failure.uploadNotFound.code, "nobody writes to it")
        let complete = await isRefused { try await media.complete(upload, size: 5) }
        try hold(complete?.code == Failure.uploadNotFound.code, "nor completes it")
    }

    func readsBeginnings() async throws {
        let upload = try await media.begin(key())
        _ = try await append("hello", to: upload, at: 0)
        try hold(try await media.beginning(of: upload.key, count: 3) == nil, "not before they are complete")
        try await media.complete(upload, size: 5)
        try hold(try await media.beginning(of: upload.key, count: 3) == Array("hel".utf8), "as many as asked for")
        try hold(try await media.beginning(of: upload.key, count: 1_024) == Array("hello".utf8), "or all")
        let empty = try await media.begin(key())
        try await media.complete(empty, size: 0)
        try hold(try await media.beginning(of: empty.key, count: 3) == [], "nothing has no first byte")
    }

    func listsObjects() async throws {
        let begun = try await media.begin(key())
        _ = try await append("hello", to: begun, at: 0)
        var keys: Set<MediaKey> = []
        for size in 0..<3 {
            let upload = try await media.begin(key())
            _ = try await append(String(repeating: "x", count: size), to: upload, at: 0)
            try await media.complete(upload, size: Int64(size))
            keys.insert(upload.key)
        }
        var (mark, listed): (String?, [MediaObject]) = (nil, [])
        repeat {
            let page = try await media.objects(in: "videos/", after: mark)
            listed += page.objects
            mark = page.next
        } while mark != nil
        try hold(listed.map(\.key.text) == Set(listed.map(\.key.text)).sorted(), "each once, in order")
        let ours = listed.filter { keys.contains($0.key) }
        try hold(ours.count == 3 && Set(ours.map(\.size)) == [0, 1, 2], "with their sizes")
        try hold(!listed.contains { $0.key == begun.key }, "and nothing that is under way")
        try hold(try await media.objects(in: "partials/none/", after: nil).objects.isEmpty, "of that area alone")
    }

    func removes() async throws {
        let upload = try await media.begin(key())
        try await media.complete(upload, size: 0)
        try await media.remove(upload.key)
        try await media.remove(upload.key)
        let gone = await isRefused { try await media.complete(upload, size: 0) }
        try hold(gone?.code == Failure.uploadNotFound.code, "it is not there to be completed again")
    }

    func lists() async throws {
        let underWay = [try await media.begin(key()), try await media.begin(key())]
        let (finished, aborted) = (try await media.begin(key()), try await media.begin(key()))
        try await media.complete(finished, size: 0)
        try await media.abort(aborted)
        var (seen, mark): ([MediaUpload], String?) = ([], nil)
        repeat {
            let page = try await media.uploads(begunBefore: Date(timeIntervalSinceNow: 60), after: mark)
            seen += page.uploads
            mark = page.next
        } while mark != nil
        try hold(seen.count == 2 && Set(seen) == Set(underWay), "each once")
        let old = try await media.uploads(begunBefore: Date(timeIntervalSinceNow: -60), after: nil)
        try hold(old.uploads.isEmpty && old.next == nil, "not those that began since")
    }

    func signs() async throws {
        let (video, _) = Sample.pair(of: Sample.user(), details: try Sample.details(), at: Date())
        let viewer = Sample.viewer()
        var later = viewer
        later.epoch += 1
        var urls: Set<String> = []
        for viewer in [viewer, later, Sample.viewer()] {
            let end = Date(timeIntervalSince1970: Date(timeIntervalSinceNow: 300).timeIntervalSince1970.rounded())
            let link = try await media.link(
                to: WatchedVideo(video: video, sight: .itself), for: viewer, until: end)
            try hold(link.url.contains("\(video.id)") && link.expiresAt == end, "both")
            urls.insert(link.url)
        }
        try hold(urls.count == 3 || !answersHere, "what ends one of them says nothing of the others")
    }
}
