import DomainKit
import Foundation
import VideoDomain

extension LibraryContract {
    private func share(
        _ video: VideoID, with user: UserID, after seconds: TimeInterval = 0, atMost most: Int = 10
    ) async throws -> Sharing {
        try await shares.share(VideoShare(videoID: video, userID: user, sharedAt: now + seconds), atMost: most)
    }

    func sharesPrivate() async throws {
        let (friend, other) = (Sample.viewer(), Sample.viewer())
        let video = try await add("secret", .private, ready: true).video.id
        let unshared = try await add("another", .private, ready: true).video.id
        try hold(try await videos.find(video, visibleTo: friend) == nil, "not before")
        guard case .made = try await share(video, with: friend.id) else { return try hold(false, "it is shared") }
        try hold(try await videos.find(video, visibleTo: friend)?.id == video, "whom it is shared with finds it")
        try hold(try await shares.isShared(video, with: friend.id), "and is said to be one of them")
        try hold(try await videos.find(unshared, visibleTo: friend) == nil, "and no other one of its owner's")
        try hold(try await videos.find(video, visibleTo: other) == nil, "and nobody else does")
        try hold(try await !shares.isShared(video, with: other.id), "nor is")
        try await shares.unshare(video, with: friend.id)
        try hold(try await videos.find(video, visibleTo: friend) == nil, "and not after")
        try hold(
            try await videos.list(try VideoQuery(viewer: friend, isShared: true), PageRequest()).items.isEmpty,
            "nor in any list")
        try await shares.unshare(video, with: friend.id)
    }

    func sharesOnce() async throws {
        let (video, friend) = (try await add("x", .private).video.id, Sample.user())
        _ = try await share(video, with: friend)
        let first = VideoShare(videoID: video, userID: friend, sharedAt: now)
        try hold(
            try await share(video, with: friend, after: 9, atMost: 1) == .already(first),
            "also when there is no more room")
        try hold(try await share(video, with: Sample.user(), atMost: 1) == .full, "which there is for nobody else")
        try await shares.unshare(video, with: friend)
        guard case .made = try await share(video, with: Sample.user(), atMost: 1) else {
            return try hold(false, "until somebody goes")
        }
        try hold(try await share(VideoID(UUID()), with: friend) == .absent, "what is not there is not shared")
    }

    func sharesNothingWithErased() async throws {
        let (video, gone) = (try await add("x", .private).video.id, Sample.user())
        try await erase(gone)
        try hold(try await share(video, with: gone) == .accountErased, "not with who is gone")
        try hold(try await !shares.isShared(video, with: gone), "and nothing is stored")
    }

    func pagesShares() async throws {
        let (friend, other) = (Sample.viewer(), Sample.user())
        var ids: [VideoID] = []
        for index in 0..<5 {
            // Two at a time, and in another order than they were made in.
            let video = try await add("x", .private, after: TimeInterval(-index), ready: true).video.id
            _ = try await share(video, with: friend.id, after: TimeInterval(index / 2))
            _ = try await share(video, with: other, after: 100)
            ids.append(video)
        }
        var (seen, after): ([VideoID], Cursor?) = ([], nil)
        let query = try VideoQuery(viewer: friend, isShared: true)
        repeat {
            let page = try await videos.list(query, PageRequest(limit: 2, after: after))
            seen += page.items.map(\.id)
            after = page.next
            _ = try await share(try await add("x", .private, ready: true).video.id, with: friend.id, after: 50)
        } while after != nil
        try hold(seen.count == 5 && Set(seen) == Set(ids), "each once, and none that came meanwhile")
        try hold(seen.first == ids.last, "what was shared last first")
        try hold(
            try await videos.list(try VideoQuery(viewer: friend, owner: other, isShared: true), PageRequest())
                .items.isEmpty, "of one owner alone, where that is asked for")
        try await pagesPeople()
    }

    private func pagesPeople() async throws {
        let video = try await add("x", .private).video.id
        var people: [UserID] = []
        for index in 0..<5 {
            people.append(Sample.user())
            _ = try await share(video, with: people[index], after: TimeInterval(index / 2))
        }
        let first = try await shares.shares(of: video, PageRequest(limit: 3))
        let second = try await shares.shares(of: video, PageRequest(limit: 3, after: first.next))
        let all = first.items + second.items
        try hold(Set(all.map(\.userID)) == Set(people) && all.count == 5 && second.next == nil, "each once")
        try hold(all.map(\.sharedAt) == all.map(\.sharedAt).sorted(by: >), "newest first")
        do {
            _ = try await shares.shares(of: video, PageRequest(after: Cursor(["x"])))
            try hold(false, "a foreign cursor is refused")
        } catch let failure as Failure {
            try hold(failure.kind == .invalidInput, "as bad input")
        }
    }

    func forgetsShares() async throws {
        let friend = Sample.user()
        let deleted = try await add("x", .private, ready: true).video
        let given = try await add("x", .private)
        for video in [deleted.id, given.video.id] { _ = try await share(video, with: friend) }
        _ = try await videos.delete(deleted.id, version: 2)
        _ = try await uploads.cancel(given.upload.id, of: owner)
        for video in [deleted.id, given.video.id] {
            try hold(try await !shares.isShared(video, with: friend), "shared with nobody")
        }
    }
}
