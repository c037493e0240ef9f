public import DomainKit
import Foundation
public import VideoDomain

/// What `VideoStore`, `UploadStore` and `AbandonedMediaStore` promise together, on one database.
public struct LibraryContract<Videos: VideoStore, Uploads: UploadStore, Notes: AbandonedMediaStore>: Sendable {
    let videos: Videos
    let uploads: Uploads
    let notes: Notes
    let holdings: any HoldingStore
    let shares: any ShareStore
    let removals: any RemovalStore
    let reports: any ReportStore
    /// Notes that an account was erased, as whoever follows erasures does.
    let erase: @Sendable (UserID) async throws -> Void
    let now = Date(timeIntervalSince1970: 1_790_000_000.125)
    let owner = Sample.user()
    let lease = Lease(token: UUID(), life: .seconds(60))

    public init(
        videos: Videos, uploads: Uploads, notes: Notes, holdings: any HoldingStore, shares: any ShareStore,
        removals: any RemovalStore, reports: any ReportStore, erase: @escaping @Sendable (UserID) async throws -> Void
    ) {
        self.holdings = holdings
        self.shares = shares
        self.removals = removals
        self.reports = reports
        self.erase = erase
        self.videos = videos
        self.uploads = uploads
        self.notes = notes
    }

    public static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("what was inserted is found by its owner alone", { try await $0.insertsAndFinds() }),
            ("a lease keeps others out until it is given back", { try await $0.leasesExclude() }),
            ("a lease that ran out is no longer one", { try await $0.leasesEnd() }),
            ("a claim needs the offset where the bytes end", { try await $0.claimsNeedOffset() }),
            ("who waits is told when a lease is given back", { try await $0.tellsOfReleases() }),
            ("parts are nobody's video and become one", { try await $0.joins() }),
            ("parts that are not whole, foreign or used are not joined", { try await $0.refusesParts() }),
            (
                "the same parts again are the first upload, before and after it is finished",
                { try await $0.joinsOnce() }
            ),
            ("what is given up leaves its parts free", { try await $0.freesParts() }),
            ("parts count as uploads and bytes until the video does", { try await $0.countsParts() }),
            ("numbered parts are noted under the lease, and finished with their digest", { try await $0.notesSteps() }),
            ("asking for addresses moves the end of an upload that takes parts", { try await $0.extends() }),
            ("finishing makes the video ready, once", { try await $0.finishes() }),
            ("bytes that are no film make a failed video without bytes, once", { try await $0.failsWhatIsNoFilm() }),
            ("removing an unfinished upload takes the video and notes the bytes", { try await $0.removesUnfinished() }),
            ("removing a finished upload leaves the video", { try await $0.removesFinished() }),
            ("an expired upload is overdue unless somebody writes to it", { try await $0.findsOverdue() }),
            ("the visibility rule is part of every question", { try await $0.hidesPrivate() }),
            ("the rule in the queries is the rule of the domain", { try await $0.agreesOnVisibility() }),
            ("a private video is shown to whom it is shared with, until it is not", { try await $0.sharesPrivate() }),
            ("sharing again is the first share, and there is an end to it", { try await $0.sharesOnce() }),
            ("an erased account is shared nothing with", { try await $0.sharesNothingWithErased() }),
            ("what is shared is listed for each side, newest first", { try await $0.pagesShares() }),
            ("a video that goes takes its shares along", { try await $0.forgetsShares() }),
            ("what is taken down is seen by few, and says why", { try await $0.takesDown() }),
            ("what is put back is what it was", { try await $0.putsBack() }),
            ("an appeal is heard once, in time, and decided once", { try await $0.hearsAppeals() }),
            ("what was taken down is due when its time is over", { try await $0.findsOverdueRemovals() }),
            ("a person reports a video once", { try await $0.takesReports() }),
            (
                "a private video is shown to moderators while it is reported",
                { try await $0.showsReportedToModerators() }
            ),
            ("taking a video down decides its reports", { try await $0.decidesReports() }),
            ("reports are listed in the order they came in", { try await $0.pagesReports() }),
            ("an upload made again is the first one", { try await $0.insertsOnce() }),
            ("overdue uploads go on behind one of them", { try await $0.pagesOverdue() }),
            ("a note that is postponed lets others pass", { try await $0.postpones() }),
            ("lists go on behind the cursor while others come and go", { try await $0.pagesVideos() }),
            ("search folds widths and cases and needs every word", { try await $0.searches() }),
            ("search pages by rank and time, each once, while others come", { try await $0.pagesSearches() }),
            ("search shows what may be known, and what was said last", { try await $0.searchesWhatIs() }),
            ("updating needs the version", { try await $0.updates() }),
            ("deleting a video notes its bytes", { try await $0.deletes() }),
            ("uploads are listed newest first", { try await $0.pagesUploads() }),
            ("bytes of unknown uploads are orphans", { try await $0.findsOrphans() }),
            ("what is begun counts for its owner alone, whole", { try await $0.countsWhatIsBegun() }),
            ("what ended, expired or was removed counts no more", { try await $0.countsWhatGoes() }),
            ("nothing is begun beyond any one limit", { try await $0.keepsLimits() }),
            ("an upload made again is no second one, however full it is", { try await $0.countsOnce() }),
        ]
    }

    func add(
        _ title: String = "A video", description: String = "", tags: [String] = [], _ visibility: Visibility = .public,
        of user: UserID? = nil, size: Int64 = 10, after seconds: TimeInterval = 0, ready: Bool = false
    ) async throws -> (video: Video, upload: Upload) {
        let details = try Sample.details(title, description: description, tags: tags, visibility)
        let pair = Sample.pair(of: user ?? owner, details: details, size: size, at: now + seconds)
        _ = try await uploads.insert(pair.upload, of: pair.video)
        if ready {
            let lease = Lease(token: UUID(), life: .seconds(60))
            _ = try await uploads.claim(pair.upload.id, of: pair.video.ownerID, at: 0, lease)
            _ = try await uploads.record(
                size, of: pair.upload.id, lease, expiresAt: pair.upload.expiresAt, releasing: true)
            _ = try await uploads.finish(pair.upload.id, of: Sample.film, at: now)
        }
        return pair
    }

    func insertsAndFinds() async throws {
        let (video, upload) = try await add(description: "two\nlines", tags: ["a", "夏"], .private)
        try hold(try await uploads.find(upload.id, of: owner) == upload, "the upload as it was inserted")
        try hold(try await videos.find(video.id, visibleTo: Viewer(owner)) == video, "the video as it was inserted")
        try hold(try await uploads.find(upload.id, of: Sample.user()) == nil, "nobody else finds the upload")
    }

    func leasesExclude() async throws {
        let (_, upload) = try await add()
        let claim = try await uploads.claim(upload.id, of: owner, at: 0, lease)
        guard case .granted(let held) = claim else { return try hold(false, "the first claim is granted") }
        try hold(held.isBeingWritten, "a claimed upload is being written")
        let other = Lease(token: UUID(), life: .seconds(60))
        guard case .busy(let left) = try await uploads.claim(upload.id, of: owner, at: 0, other) else {
            return try hold(false, "a second claim is busy")
        }
        try hold(left > .seconds(50) && left <= .seconds(60), "and told for how long at most")
        try hold(try await uploads.renew(upload.id, other) == .leaseLost, "others cannot renew")
        try hold(try await uploads.renew(upload.id, lease) == .noted, "the holder can")
        try hold(try await uploads.renew(UploadID(UUID()), lease) == .absent, "nobody can where nothing is")
        try hold(
            try await uploads.record(5, of: upload.id, other, expiresAt: now, releasing: false) == .leaseLost,
            "others cannot record")
        try hold(
            try await uploads.record(5, of: upload.id, lease, expiresAt: now + 9, releasing: true) == .noted,
            "the holder can")
        try hold(
            try await uploads.record(5, of: UploadID(UUID()), lease, expiresAt: now, releasing: true) == .absent,
            "nobody can where nothing is")
        let stored = try await uploads.find(upload.id, of: owner)
        try hold(stored?.received == 5 && stored?.expiresAt == now + 9, "what was recorded is there")
        try hold(stored?.isBeingWritten == false, "a lease given back is free")
        try hold(
            try await uploads.claim(upload.id, of: Sample.user(), at: 5, other) == .absent, "foreign uploads are absent"
        )
        if case .granted = try await uploads.claim(upload.id, of: owner, at: 5, other) { return }
        try hold(false, "the next claim is granted")
    }

    func leasesEnd() async throws {
        let (_, upload) = try await add()
        _ = try await uploads.claim(upload.id, of: owner, at: 0, Lease(token: lease.token, life: .zero))
        let next = Lease(token: UUID(), life: .seconds(60))
        guard case .granted = try await uploads.claim(upload.id, of: owner, at: 0, next) else {
            return try hold(false, "a lease that ran out can be taken over")
        }
        try hold(try await uploads.renew(upload.id, lease) == .leaseLost, "the former holder cannot renew")
        try hold(
            try await uploads.record(1, of: upload.id, lease, expiresAt: now, releasing: false) == .leaseLost,
            "the former holder cannot record")
    }

    func claimsNeedOffset() async throws {
        let (_, upload) = try await add()
        try hold(
            try await uploads.claim(upload.id, of: owner, at: 3, lease) == .wrongOffset(received: 0), "wrong offset")
        try hold(
            try await uploads.claim(UploadID(UUID()), of: owner, at: 0, lease) == .absent, "unknown uploads are absent")
    }

    func finishes() async throws {
        let (video, upload) = try await add(ready: true)
        let finished = try await uploads.finish(upload.id, of: Sample.film, at: now + 1)
        try hold(finished?.state == .finished, "finishing again is success")
        let ready = try await videos.find(video.id, visibleTo: Sample.viewer())
        try hold(ready?.state == .ready && ready?.version == 2, "the video is ready and at its second version")
        let (_, short) = try await add()
        try hold(
            try await uploads.finish(short.id, of: Sample.film, at: now) == nil,
            "bytes are missing, so it is not finished")
    }

    func removesUnfinished() async throws {
        let (video, upload) = try await add()
        try hold(try await uploads.cancel(upload.id, of: Sample.user()) == .absent, "nobody else can")
        try hold(try await uploads.cancel(upload.id, of: owner) == .done, "it was there")
        try hold(try await uploads.cancel(upload.id, of: owner) == .absent, "and is gone")
        try hold(try await videos.find(video.id, visibleTo: Viewer(owner)) == nil, "the video is gone")
        let note = try await notes.oldest(100).first { $0.mediaID == upload.media.id }
        guard let note else { return try hold(false, "the bytes are noted") }
        try hold(note.key == upload.media.key, "under their key")
        try await notes.forget(note.id)
        try hold(try await !notes.oldest(100).contains(note), "a forgotten note is gone")
    }

    func removesFinished() async throws {
        let (video, upload) = try await add(ready: true)
        try hold(try await uploads.cancel(upload.id, of: owner) == .finished, "it cannot be cancelled")
        try hold(try await uploads.find(upload.id, of: owner) != nil, "and is there")
        try hold(try await uploads.removeExpired(upload.id, at: upload.expiresAt + 1), "expired ones can be removed")
        try hold(try await videos.find(video.id, visibleTo: Viewer(owner)) != nil, "the video stays")
        try hold(
            try await !notes.oldest(100).contains { $0.mediaID == upload.media.id }, "its bytes are not given up")
    }

    func findsOverdue() async throws {
        let (_, upload) = try await add()
        let ids = { (time: Date) in try await uploads.overdue(at: time, after: nil, limit: 1_000).map(\.id) }
        try hold(try await !ids(upload.expiresAt).contains(upload.id), "not before it expired")
        try hold(try await ids(upload.expiresAt + 1).contains(upload.id), "once it expired")
        _ = try await uploads.claim(upload.id, of: owner, at: 0, lease)
        try hold(try await !ids(upload.expiresAt + 1).contains(upload.id), "not while somebody writes")
        try hold(
            try await !uploads.removeExpired(upload.id, at: upload.expiresAt + 1), "nor is it removed as expired then")
        _ = try await uploads.record(10, of: upload.id, lease, expiresAt: upload.expiresAt, releasing: true)
        try hold(try await ids(now).contains(upload.id), "with all its bytes and not finished")
    }

    func insertsOnce() async throws {
        let (video, upload) = try await add()
        var again = Sample.pair(of: owner, details: video.details, at: now)
        again.video = video
        let second = Upload(
            id: again.upload.id, videoID: video.id, ownerID: owner, media: again.upload.media, size: 10, metadata: nil,
            createdAt: now, expiresAt: now)
        try hold(try await uploads.insert(second, of: video) == upload, "the first upload is the answer")
        try hold(try await uploads.find(second.id, of: owner) == nil, "and no other is stored")
        _ = try await uploads.cancel(upload.id, of: owner)
        _ = try await add(ready: true)
    }

    func pagesOverdue() async throws {
        var ids: Set<UploadID> = []
        for index in 0..<5 { ids.insert(try await add(after: TimeInterval(index / 2)).upload.id) }
        var (seen, last): ([UploadID], Upload?) = ([], nil)
        while case let batch = try await uploads.overdue(at: now + 7_200, after: last, limit: 2), !batch.isEmpty {
            seen += batch.map(\.id)
            last = batch.last
        }
        try hold(seen.count == 5 && Set(seen) == ids, "each once")
    }

    func postpones() async throws {
        for _ in 0..<2 { _ = try await uploads.cancel(try await add().upload.id, of: owner) }
        let first = try await notes.oldest(1)
        try await notes.postpone(first[0].id, for: .seconds(60))
        let next = try await notes.oldest(10)
        try hold(next.count == 1 && next != first, "only the other is due")
        try await notes.postpone(first[0].id, for: .zero)
        try hold(try await notes.oldest(10).count == 2, "until its time has come")
    }

    func pagesVideos() async throws {
        var ids: [VideoID] = []
        for index in 0..<7 { ids.append(try await add(after: TimeInterval(index / 2), ready: true).video.id) }
        let query = try VideoQuery(viewer: Sample.viewer(), owner: owner)
        var seen: [VideoID] = []
        var page = try await videos.list(query, PageRequest(limit: 3))
        seen += page.items.map(\.id)
        _ = try await add("newer", after: 100, ready: true)
        while let next = page.next {
            page = try await videos.list(query, PageRequest(limit: 3, after: next))
            seen += page.items.map(\.id)
        }
        try hold(seen.count == 7 && Set(seen) == Set(ids), "every video once, none of the newer ones")
        let wrong = PageRequest(limit: 3, after: Cursor(["x", "y"]))
        do {
            _ = try await videos.list(query, wrong)
            try hold(false, "a foreign cursor is refused")
        } catch let failure as Failure {
            try hold(failure.kind == .invalidInput, "as bad input")
        }
    }

    func searches() async throws {
        let id = try await add("夏祭り ＳＵＭＭＥＲ 2026", description: "100% fun_x", tags: ["ﾅﾂ"], ready: true).video.id
        _ = try await add("winter", ready: true)
        let find = { (text: String?, tag: String?) in
            try await videos.list(
                try VideoQuery(viewer: Viewer(owner), owner: owner, text: text, tag: tag), PageRequest()
            ).items.map(\.id)
        }
        for text in ["祭", "夏祭", "summer", "Summer 夏", "ナツ", "なつ", "ﾅﾂ", "100%", "n_x", "夏祭り summer 2026 fun"] {
            try hold(try await find(text, nil) == [id], "\(text) is found")
        }
        for text in ["summer winter", "1%0", "f_n", "\\", "'; --", "祭夏", "2026summer", "りs", "ummers"] {
            try hold(try await find(text, nil) == [], "\(text) is not")
        }
        try hold(try await find(nil, "ナツ") == [id], "tags are found")
        try hold(try await find(nil, "ナ") == [], "as a whole")
        try hold(try await find("  ", nil).count == 2, "no words, no narrowing")
    }

    func updates() async throws {
        var (video, _) = try await add()
        video.details = try Sample.details("Other", tags: ["x"], .private)
        video.updatedAt = now + 60
        let stored = try await videos.update(video).value
        try hold(stored?.details == video.details && stored?.updatedAt == now + 60, "the new details are stored")
        try hold(stored?.version == video.version + 1, "as the next version")
        guard case .changed = try await videos.update(video) else {
            return try hold(false, "the former version cannot be updated again")
        }
        let (other, _) = Sample.pair(of: owner, details: video.details, at: now)
        guard case .absent = try await videos.update(other) else {
            return try hold(false, "what is not there cannot be updated")
        }
    }

    func deletes() async throws {
        let (video, upload) = try await add(ready: true)
        guard case .changed = try await videos.delete(video.id, version: 1) else {
            return try hold(false, "not at a former version")
        }
        try hold(try await videos.delete(video.id, version: 2).value != nil, "at its version")
        guard case .absent = try await videos.delete(video.id, version: 2) else {
            return try hold(false, "nor when it is gone")
        }
        try hold(try await videos.find(video.id, visibleTo: Viewer(owner)) == nil, "it is gone")
        try hold(try await uploads.find(upload.id, of: owner) == nil, "with its upload")
        try hold(try await notes.oldest(100).contains { $0.key == video.mediaKey }, "and its bytes are noted")
    }

    func pagesUploads() async throws {
        var ids: [UploadID] = []
        for _ in 0..<5 { ids.append(try await add().upload.id) }
        let first = try await uploads.list(of: owner, PageRequest(limit: 3))
        let second = try await uploads.list(of: owner, PageRequest(limit: 3, after: first.next))
        try hold((first.items + second.items).map(\.id) == ids.reversed(), "newest first")
        try hold(second.next == nil, "and an end")
    }

    func findsOrphans() async throws {
        let known = try await add().upload.media
        let unknown = MediaUpload(key: MediaKey(noted: "videos/x"), id: UUID().uuidString)
        try hold(try await notes.unknown(among: [known, unknown]) == [unknown], "only the unknown one")
        try hold(try await notes.unknown(among: []) == [], "none among none")
    }
}
