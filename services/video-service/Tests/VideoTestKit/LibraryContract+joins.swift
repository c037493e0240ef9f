import DomainKit
import Foundation
import VideoDomain

extension LibraryContract {
    /// A part with `received` of its bytes.
    func addPart(_ size: Int64 = 10, received: Int64? = nil, of user: UserID? = nil) async throws -> Upload {
        let (user, id) = (user ?? owner, UploadID(SystemIDSource().ordered()))
        let part = Upload(
            id: id, videoID: nil, ownerID: user, media: MediaUpload(key: MediaKey(ofPart: id), id: UUID().uuidString),
            size: size, state: .partial, metadata: nil, createdAt: now, expiresAt: now + 3_600)
        _ = try await uploads.insert(part, of: nil)
        _ = try await uploads.claim(id, of: user, at: 0, lease)
        _ = try await uploads.record(
            received ?? size, of: id, lease, expiresAt: part.expiresAt, releasing: true)
        return try await uploads.find(id, of: user) ?? part
    }

    /// What `parts` are to become.
    private func whole(_ parts: [UploadID]) throws -> (video: Video, upload: Upload) {
        let (video, upload) = Sample.pair(of: owner, details: try Sample.details(), size: 0, at: now)
        return (
            video,
            Upload(
                id: upload.id, videoID: video.id, parts: parts, ownerID: owner, media: upload.media, size: 0,
                state: .joining, metadata: nil, createdAt: now, expiresAt: now + 3_600)
        )
    }

    private func join(
        _ parts: [UploadID], mostBytes: Int64 = 1_000, within limits: Holdings? = nil
    ) async throws -> Upload? {
        let (video, upload) = try whole(parts)
        return try await uploads.join(
            parts, to: upload, of: video, within: limits ?? Holdings(uploads: .max, videos: .max, bytes: .max),
            mostBytes: mostBytes)
    }

    private func code(_ work: () async throws -> Upload?) async -> String? {
        do {
            _ = try await work()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    func tellsOfReleases() async throws {
        let (_, upload) = try await add()
        _ = try await uploads.claim(upload.id, of: owner, at: 0, lease)
        var words = await uploads.releases(of: upload.id).makeAsyncIterator()
        await words.next()
        _ = try await uploads.record(3, of: upload.id, lease, expiresAt: now, releasing: true)
        await words.next()
        try hold(try await uploads.find(upload.id, of: owner)?.isBeingWritten == false, "it is free")
    }

    func joins() async throws {
        let parts = [try await addPart(3), try await addPart(4)]
        try hold(try await videos.list(try VideoQuery(viewer: Viewer(owner)), PageRequest()).items.isEmpty, "no video")
        try hold(try await uploads.finish(parts[0].id, of: Sample.film, at: now) == nil, "a part is never finished")
        guard let upload = try await join(parts.map(\.id).reversed()), let id = upload.videoID else {
            return try hold(false, "they are joined")
        }
        try hold(upload.size == 7 && upload.received == 0 && upload.state == .joining, "with the size of both")
        try hold(try await uploads.find(upload.id, of: owner) == upload, "and stored so")
        try hold(try await uploads.parts(of: upload).map(\.id) == parts.map(\.id).reversed(), "in their order")
        try hold(try await uploads.overdue(at: now, after: nil, limit: 9).map(\.id) == [upload.id], "to be finished")
        try hold(try await uploads.cancel(parts[0].id, of: owner) == .finished, "a used part is not given up")
        let finished = try await uploads.finish(upload.id, of: Sample.film, at: now + 1)
        try hold(finished?.state == .finished && finished?.received == 7, "finished")
        let video = try await videos.find(id, visibleTo: Viewer(owner))
        try hold(video?.state == .ready && video?.size == 7, "and the video ready")
        for part in parts {
            try hold(try await uploads.find(part.id, of: owner) == nil, "its parts are gone")
            try hold(try await notes.oldest(9).contains { $0.key == part.media.key }, "and their bytes noted")
        }
        try hold(
            try await uploads.finish(upload.id, of: Sample.film, at: now + 2)?.state == .finished, "again is success")
    }

    func refusesParts() async throws {
        let (good, short) = (try await addPart(), try await addPart(received: 9))
        let (foreign, whole) = (try await addPart(of: Sample.user()), try await add(ready: true).upload)
        for (id, expected) in [
            (short.id, "video.part-incomplete"), (foreign.id, "video.part-not-found"),
            (whole.id, "video.part-not-found"), (UploadID(UUID()), "video.part-not-found"),
        ] {
            try hold(await code { try await join([good.id, id]) } == expected, expected)
        }
        try hold(await code { try await join([good.id], mostBytes: 9) } == "video.too-large", "too large together")
        try hold(
            await code { try await join([good.id], within: Holdings(uploads: 9, videos: 1, bytes: 99)) }
                == Failure.quotaExceededCode, "one video too many")
        let writing = try await addPart()
        _ = try await uploads.claim(writing.id, of: owner, at: 10, lease)
        try hold(await code { try await join([writing.id]) } == "video.part-incomplete", "while somebody writes")
        try hold(try await join([good.id]) != nil, "the good one can")
        let other = try await addPart()
        try hold(await code { try await join([good.id, other.id]) } == "video.part-used", "once")
    }

    func joinsOnce() async throws {
        let parts = [try await addPart().id, try await addPart().id]
        let first = try await join(parts)
        try hold(first != nil, "joined")
        try hold(try await join(parts)?.id == first?.id, "the first one is the answer")
        try hold(await code { try await join(parts.reversed()) } == "video.part-used", "in this order alone")
        if let first { _ = try await uploads.finish(first.id, of: Sample.film, at: now) }
        let again = try await join(parts)
        try hold(again?.id == first?.id && again?.state == .finished, "also when it is finished")
    }

    func freesParts() async throws {
        let part = try await addPart().id
        for removal in 0..<2 {
            guard let upload = try await join([part]), let video = upload.videoID else {
                return try hold(false, "joined")
            }
            if removal == 0 {
                try hold(try await uploads.cancel(upload.id, of: owner) == .done, "cancelled")
            } else {
                _ = try await videos.delete(video, version: 1)
            }
            try hold(try await uploads.find(part, of: owner)?.isReadyToJoin == true, "it can be joined again")
            try hold(try await videos.find(video, visibleTo: Viewer(owner)) == nil, "no video is left")
        }
        try hold(try await uploads.removeExpired(part, at: now + 9_999), "and expires by itself")
    }

    func countsParts() async throws {
        let (first, second) = (try await addPart(3), try await addPart(4, received: 1))
        try hold(try await holdings.holdings(of: owner) == Holdings(uploads: 2, bytes: 7), "as they are announced")
        _ = try await uploads.claim(second.id, of: owner, at: 1, lease)
        _ = try await uploads.record(4, of: second.id, lease, expiresAt: now, releasing: true)
        guard let upload = try await join([first.id, second.id]) else { return try hold(false, "joined") }
        try hold(
            try await holdings.holdings(of: owner) == Holdings(uploads: 1, videos: 1, bytes: 7), "one upload, one video"
        )
        _ = try await uploads.cancel(upload.id, of: owner)
        try hold(try await holdings.holdings(of: owner) == Holdings(uploads: 2, bytes: 7), "as before")
        _ = try await uploads.removeExpired(second.id, at: now + 9_999)
        guard let upload = try await join([first.id]) else { return try hold(false, "joined") }
        _ = try await uploads.finish(upload.id, of: Sample.film, at: now)
        try hold(try await holdings.holdings(of: owner) == Holdings(videos: 1, bytes: 3), "the video alone")
    }
}
