import DomainKit
import Foundation
import VideoDomain

extension LibraryContract {
    func hidesPrivate() async throws {
        let other = Sample.user()
        let shown = try await add("shown", ready: true).video.id
        let hidden = try await add("hidden", .private, ready: true).video.id
        let unfinished = try await add("unfinished").video.id
        for (id, visible) in [(shown, true), (hidden, false), (unfinished, false)] {
            try hold(
                (try await videos.find(id, visibleTo: Viewer(other)) != nil) == visible, "others see ready public ones")
            try hold(try await videos.find(id, visibleTo: Viewer(owner)) != nil, "owners see all of theirs")
        }
        let query = try VideoQuery(viewer: Viewer(other), owner: owner)
        try hold(try await videos.list(query, PageRequest()).items.map(\.id) == [shown], "and lists agree")
        let own = try await videos.list(try VideoQuery(viewer: Viewer(owner), owner: owner), PageRequest()).items.map(
            \.id)
        try hold(Set(own) == [shown, hidden, unfinished], "and so do one's own")
    }

    func agreesOnVisibility() async throws {
        for visibility in Visibility.allCases {
            for state in Video.State.allCases {
                let details = try Sample.details("word", tags: ["tag"], visibility)
                var pair = Sample.pair(of: owner, details: details, at: now)
                pair.video.state = state
                _ = try await uploads.insert(pair.upload, of: pair.video)
                let friend = Sample.viewer()
                _ = try await shares.share(
                    VideoShare(videoID: pair.video.id, userID: friend.id, sharedAt: now), atMost: 10)
                for viewer in [
                    Viewer(owner), Sample.viewer(), friend, Viewer(id: Sample.user(), tier: "member", expiresAt: now),
                    Viewer(id: Sample.user(), roles: ["user", "moderator"], expiresAt: now),
                    Viewer(id: Sample.user(), roles: ["admin"], expiresAt: now),
                ] {
                    try await agrees(pair.video, for: viewer, isShared: viewer == friend)
                }
            }
        }
    }

    private func agrees(_ video: Video, for viewer: Viewer, isShared: Bool) async throws {
        let name = "\(video.details.visibility) \(video.state)"
        let (isVisible, isListed) = (
            video.isVisible(to: viewer, isShared: isShared, isReported: false), video.isListed(to: viewer)
        )
        let found = try await videos.find(video.id, visibleTo: viewer) != nil
        try hold(found == isVisible, "\(name) is shown by the rule")
        for query in [
            try VideoQuery(viewer: viewer), try VideoQuery(viewer: viewer, owner: owner),
            try VideoQuery(viewer: viewer, tag: "tag"), try VideoQuery(viewer: viewer, text: "word"),
            try VideoQuery(viewer: viewer, owner: owner, text: "word", tag: "tag"),
        ] {
            try hold(try await lists(query, video.id) == isListed, "\(name) is listed by the rule, \(query)")
        }
        let sharing = try VideoQuery(viewer: viewer, isShared: true)
        try hold(
            try await lists(sharing, video.id) == (isShared && isVisible), "\(name) is among what is shared by the rule"
        )
    }

    private func lists(_ query: VideoQuery, _ video: VideoID) async throws -> Bool {
        try await videos.list(query, PageRequest(limit: 100)).items.contains { $0.id == video }
    }
}
