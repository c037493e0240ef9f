import DomainKit
import Foundation
import VideoDomain

extension LibraryContract {
    func failsWhatIsNoFilm() async throws {
        let held = try await holdings.holdings(of: owner)
        let (video, upload) = try await add()
        let lease = Lease(token: UUID(), life: .seconds(60))
        try hold(try await uploads.announcedType(of: upload.id) == video.contentType, "what was said is known")
        try hold(try await uploads.announcedType(of: UploadID(UUID())) == nil, "of uploads there are")
        _ = try await uploads.claim(upload.id, of: owner, at: 0, lease)
        _ = try await uploads.record(10, of: upload.id, lease, expiresAt: upload.expiresAt, releasing: true)
        let finished = try await uploads.finish(upload.id, of: .no(.otherContainer), at: now + 1)
        try hold(finished?.state == .finished && finished?.received == 10, "the upload is finished")
        _ = try await uploads.finish(upload.id, of: Sample.film, at: now + 2)
        let failed = try await videos.find(video.id, visibleTo: Viewer(owner))
        try hold(failed?.state == .failed && failed?.fault == .otherContainer && failed?.size == 0, "the video failed")
        try hold(failed?.version == 2, "once")
        try hold(try await videos.find(video.id, visibleTo: Sample.viewer()) == nil, "and only its owner knows")
        let noted = try await notes.oldest(1_000).filter { $0.key == upload.media.key }
        try hold(noted.count == 1 && noted[0].mediaID == nil, "its bytes are given up as a whole, once")
        let left = try await holdings.holdings(of: owner)
        try hold(left.bytes == held.bytes && left.videos == held.videos + 1, "and count no more")

        let (kind, other) = try await add(ready: false)
        _ = try await uploads.claim(other.id, of: owner, at: 0, lease)
        _ = try await uploads.record(10, of: other.id, lease, expiresAt: other.expiresAt, releasing: true)
        _ = try await uploads.finish(other.id, of: .film(ContentType(stored: "video/webm")), at: now + 1)
        let film = try await videos.find(kind.id, visibleTo: Viewer(owner))
        try hold(film?.state == .ready && film?.contentType.text == "video/webm", "a film is what its bytes say")
        try hold(film?.size == 10 && film?.fault == nil, "with all of them")
    }
}
