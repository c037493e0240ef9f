public import DomainKit
public import Foundation
import TextSearch
public import VideoDomain

/// Videos, uploads and notes in memory: one actor, as the real ones share one database.
public actor InMemoryLibrary: VideoStore, ShareStore, UploadStore, HoldingStore, AbandonedMediaStore, SweepTurns {
    struct Held {
        var token: UUID
        var until: Date
    }

    let clock: any WallClock
    var videos: [VideoID: Video] = [:]
    private var shares: [VideoID: [UserID: VideoShare]] = [:]
    private var erased: Set<UserID> = []
    var removals: [VideoID: Removal] = [:]
    var reports: [ReportID: VideoReport] = [:]
    var uploads: [UploadID: Upload] = [:]
    private var leases: [UploadID: Held] = [:]
    private var waiters: [UploadID: [UUID: AsyncStream<Void>.Continuation]] = [:]
    var notes: [AbandonedMedia] = []
    var dueAt: [Int64: Date] = [:]
    /// How often somebody asked for a lease, and renewed one.
    public private(set) var claims = 0
    public private(set) var renewals = 0
    var turn: Held?
    private var lastNote: Int64 = 0
    /// Raised by every call while set, as when the database is away.
    public var outage: Failure?

    /// `clock` is the one leases run by.
    public init(clock: any WallClock) {
        self.clock = clock
    }

    public func fail(with failure: Failure?) {
        outage = failure
    }

    func reach() throws {
        if let outage { throw outage }
    }

    // MARK: videos

    public func find(_ id: VideoID, visibleTo viewer: Viewer) throws -> Video? {
        try reach()
        return videos[id].flatMap { isVisible($0, to: viewer) ? $0 : nil }
    }

    private func isVisible(_ video: Video, to viewer: Viewer) -> Bool {
        video.isVisible(
            to: viewer, isShared: shares[video.id]?[viewer.id] != nil,
            isReported: reports.values.contains { $0.videoID == video.id && $0.state == .open })
    }

    public func list(_ query: VideoQuery, _ page: PageRequest) throws -> Page<Video> {
        try reach()
        if query.isShared { return try listShared(query, page) }
        let matching = videos.values.filter { video in
            video.isListed(to: query.viewer) && isWanted(video, query) && rank(of: video, for: query.words) != nil
        }
        let sorted = matching.map { (rank: rank(of: $0, for: query.words) ?? 0, video: $0) }.sorted {
            (-$0.rank, $0.video.createdAt, $0.video.id) > (-$1.rank, $1.video.createdAt, $1.video.id)
        }
        return try paged(sorted.map(\.video), page) { Cursor(["\($0.createdAt.timeIntervalSince1970)", "\($0.id)"]) }
    }

    private func listShared(_ query: VideoQuery, _ page: PageRequest) throws -> Page<Video> {
        let own = shares.values.compactMap { $0[query.viewer.id] }
            .sorted { ($0.sharedAt, $0.videoID) > ($1.sharedAt, $1.videoID) }
        let known = own.compactMap { videos[$0.videoID] }
            .filter { isVisible($0, to: query.viewer) && isWanted($0, query) }
        return try paged(known, page) { Cursor(["shared", "\($0.id)"]) }
    }

    private func isWanted(_ video: Video, _ query: VideoQuery) -> Bool {
        query.owner.map { $0 == video.ownerID } ?? true && query.tag.map(video.details.tags.texts.contains) ?? true
    }

    /// 0 when all words are in the title, 1 when they are anywhere; nil otherwise.
    private func rank(of video: Video, for words: [String]) -> Int? {
        func has(_ text: String) -> Bool {
            let folded = FoldedText(text).text.unicodeScalars
            return words.allSatisfy { folded.contains($0.unicodeScalars) }
        }
        let details = video.details
        if has(details.title.text) { return 0 }
        let all = [details.title.text, details.description.text] + details.tags.texts
        return has(all.joined(separator: "\n")) ? 1 : nil
    }

    public func update(_ video: Video) throws -> Change<Video> {
        try reach()
        guard var stored = videos[video.id] else { return .absent }
        guard stored.version == video.version else { return .changed }
        stored.details = video.details
        stored.updatedAt = video.updatedAt
        stored.version += 1
        videos[video.id] = stored
        return .done(stored)
    }

    public func delete(_ id: VideoID, version: Int64) throws -> Change<Void> {
        try reach()
        guard let video = videos[id] else { return .absent }
        guard video.version == version else { return .changed }
        let upload = uploads.values.first { $0.videoID == id }
        forget(id)
        if let upload { take(upload.id) }
        note(video.mediaKey, upload?.media.id)
        return .done(())
    }

    /// With all that is kept of it.
    private func forget(_ id: VideoID) {
        (videos[id], shares[id], removals[id]) = (nil, nil, nil)
        reports = reports.filter { $0.value.videoID != id }
    }

    // MARK: shares

    public func share(_ share: VideoShare, atMost most: Int) throws -> Sharing {
        try reach()
        guard videos[share.videoID] != nil else { return .absent }
        let known = shares[share.videoID, default: [:]]
        if let earlier = known[share.userID] { return .already(earlier) }
        if erased.contains(share.userID) { return .accountErased }
        guard known.count < most else { return .full }
        shares[share.videoID, default: [:]][share.userID] = share
        return .made(share)
    }

    public func unshare(_ video: VideoID, with user: UserID) throws {
        try reach()
        shares[video]?[user] = nil
    }

    public func isShared(_ video: VideoID, with user: UserID) throws -> Bool {
        try reach()
        return shares[video]?[user] != nil
    }

    public func shares(of video: VideoID, _ page: PageRequest) throws -> Page<VideoShare> {
        try reach()
        let all = shares[video, default: [:]].values.sorted { ($0.sharedAt, $0.userID) > ($1.sharedAt, $1.userID) }
        return try paged(all, page) { Cursor(["\($0.sharedAt.timeIntervalSince1970)", "\($0.userID)"]) }
    }

    /// As what follows erasures notes it.
    public func noteErasure(of user: UserID) { erased.insert(user) }

    // MARK: uploads

    public func insert(_ upload: Upload, of video: Video?, within limits: Holdings) throws -> Upload? {
        try reach()
        if let video, videos[video.id] != nil {
            return uploads.values.first { $0.videoID == video.id && $0.ownerID == upload.ownerID }.map(seen)
        }
        if video == nil, let earlier = uploads[upload.id] {
            return earlier.ownerID == upload.ownerID ? seen(earlier) : nil
        }
        let used = try holdings(of: upload.ownerID)
        let upload = upload.with(size: used.room(for: upload, within: limits))
        try used.requireRoom(for: Holdings(begun: upload), within: limits)
        if let video { videos[video.id] = video.with(size: upload.size) }
        uploads[upload.id] = upload
        return upload
    }

    public func holdings(of owner: UserID) throws -> Holdings {
        try reach()
        let own = videos.values.filter { $0.ownerID == owner }
        let inFlight = uploads.values.filter { $0.ownerID == owner && $0.state != .finished && $0.joinedTo == nil }
        let parts = inFlight.filter { $0.state == .partial }
        return Holdings(
            uploads: Int64(inFlight.count), videos: Int64(own.count),
            bytes: own.reduce(0) { $0 + $1.size } + parts.reduce(0) { $0 + $1.size })
    }

    public func join(
        _ parts: [UploadID], to upload: Upload, of video: Video, within limits: Holdings, mostBytes: Int64
    ) throws -> Upload? {
        try reach()
        let own = uploads.values.filter { $0.ownerID == upload.ownerID }.map(seen)
        if videos[video.id] != nil { return own.first { $0.videoID == video.id } }
        if let earlier = own.first(where: { $0.parts == parts }) { return earlier }
        let size = try Failure.requireJoinable(own.filter { parts.contains($0.id) }, parts, mostBytes)
        try holdings(of: upload.ownerID).requireRoom(for: Holdings(videos: 1), within: limits)
        videos[video.id] = video.with(size: size)
        uploads[upload.id] = upload.with(size: size)
        for part in parts { uploads[part]?.joinedTo = upload.id }
        return upload.with(size: size)
    }

    public func parts(of upload: Upload) throws -> [Upload] {
        try reach()
        return try Failure.requireAll(upload.parts, uploads.values.filter { $0.joinedTo == upload.id })
    }

    public func find(_ id: UploadID, of owner: UserID) throws -> Upload? {
        try reach()
        return uploads[id].flatMap { $0.ownerID == owner ? seen($0) : nil }
    }

    public func list(of owner: UserID, _ page: PageRequest) throws -> Page<Upload> {
        try reach()
        let own = uploads.values.filter { $0.ownerID == owner }.sorted { $0.id > $1.id }.map(seen)
        return try paged(own, page) { Cursor(["\($0.id)"]) }
    }

    public func claim(_ id: UploadID, of owner: UserID, at offset: Int64, _ lease: Lease) throws -> Claim {
        claims += 1
        guard let upload = try find(id, of: owner) else { return .absent }
        if upload.isBeingWritten {
            return .busy(left: .seconds(leases[id]?.until.timeIntervalSince(clock.now) ?? 0))
        }
        guard upload.received == offset else { return .wrongOffset(received: upload.received) }
        leases[id] = Held(token: lease.token, until: end(of: lease))
        return .granted(seen(upload))
    }

    public func record(
        _ received: Int64, of id: UploadID, _ lease: Lease, expiresAt: Date, releasing: Bool
    ) throws -> Checkpoint {
        try reach()
        guard uploads[id] != nil else { return .absent }
        guard leases[id]?.token == lease.token else { return .leaseLost }
        uploads[id]?.received = received
        uploads[id]?.expiresAt = expiresAt
        leases[id] = releasing ? nil : Held(token: lease.token, until: end(of: lease))
        if releasing { tell(id) }
        return .noted
    }

    public func announce(_ size: Int64, isOpen: Bool, of id: UploadID, _ lease: Lease) throws -> Checkpoint {
        try reach()
        guard var upload = uploads[id] else { return .absent }
        guard leases[id]?.token == lease.token else { return .leaseLost }
        (upload.size, upload.isSizeKnown, upload.isOpen) = (size, true, isOpen)
        uploads[id] = upload
        if let video = upload.videoID { videos[video] = videos[video]?.with(size: size) }
        return .noted
    }

    public func extend(_ id: UploadID, of owner: UserID, to expiry: Date) throws -> Upload? {
        guard let upload = try find(id, of: owner) else { return nil }
        if upload.state == .direct { uploads[id]?.expiresAt = max(upload.expiresAt, expiry) }
        return try find(id, of: owner)
    }

    public func note(_ step: DirectStep, of id: UploadID, _ lease: Lease) throws -> Checkpoint {
        try reach()
        guard var upload = uploads[id] else { return .absent }
        guard leases[id]?.token == lease.token else { return .leaseLost }
        guard [.direct, .completing].contains(upload.state) else { return .noted }
        switch step {
        case .completing(let sha256): (upload.state, upload.sha256) = (.completing, sha256)
        case .moved(let media): upload.media = media
        case .active: (upload.state, upload.sha256) = (.direct, nil)
        }
        uploads[id] = upload
        return .noted
    }

    public func renew(_ id: UploadID, _ lease: Lease) throws -> Checkpoint {
        try reach()
        renewals += 1
        guard uploads[id] != nil else { return .absent }
        guard leases[id]?.token == lease.token else { return .leaseLost }
        leases[id] = Held(token: lease.token, until: end(of: lease))
        return .noted
    }

    public func releases(of id: UploadID) -> AsyncStream<Void> {
        let (stream, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let waiter = UUID()
        waiters[id, default: [:]][waiter] = signal
        signal.yield()
        signal.onTermination = { _ in Task { await self.forget(waiter, of: id) } }
        return stream
    }

    public func isAwaited(_ id: UploadID) -> Bool { waiters[id]?.isEmpty == false }

    private func forget(_ waiter: UUID, of id: UploadID) { waiters[id]?[waiter] = nil }

    private func tell(_ id: UploadID) {
        for signal in waiters[id, default: [:]].values { signal.yield() }
    }

    public func announcedType(of id: UploadID) throws -> ContentType? {
        try reach()
        return uploads[id]?.videoID.flatMap { videos[$0]?.contentType }
    }

    public func finish(_ id: UploadID, of contents: Contents, at time: Date) throws -> Upload? {
        try reach()
        guard var upload = uploads[id], upload.state != .partial else { return nil }
        let isPutTogether = upload.state == .joining || upload.state == .completing
        guard isPutTogether || (upload.received == upload.size && !upload.isOpen) else { return nil }
        if isPutTogether { leases[id] = nil }
        (upload.state, upload.received) = (.finished, upload.size)
        uploads[id] = upload
        for part in uploads.values where part.joinedTo == id {
            uploads[part.id] = nil
            note(part.media.key, nil)
        }
        if let id = upload.videoID, var video = videos[id], video.state == .uploading {
            switch contents {
            case .film(let type): (video.state, video.contentType) = (.ready, type)
            case .no(let fault):
                (video.state, video.fault, video.size) = (.failed, fault, 0)
                note(video.mediaKey, nil)
            }
            video.sha256 = upload.sha256 ?? video.sha256
            video.updatedAt = time
            video.version += 1
            videos[video.id] = video
        }
        return seen(upload)
    }

    public func cancel(
        _ id: UploadID, of owner: UserID, if precondition: @Sendable (Upload) throws -> Void
    ) throws -> Cancellation {
        guard let upload = try find(id, of: owner) else { return .absent }
        try precondition(upload)
        guard upload.state != .finished, upload.joinedTo == nil else { return .finished }
        remove(upload)
        return .done
    }

    public func removeExpired(_ id: UploadID, at time: Date) throws -> Bool {
        try reach()
        guard let upload = uploads[id].map(seen), !upload.isBeingWritten, upload.expiresAt < time else { return false }
        remove(upload)
        return true
    }

    private func remove(_ upload: Upload) {
        take(upload.id)
        if upload.state != .finished {
            if let video = upload.videoID { forget(video) }
            note(upload.media.key, upload.media.id)
        }
    }

    /// Parts of it are free again.
    private func take(_ id: UploadID) {
        uploads[id] = nil
        leases[id] = nil
        for part in uploads.values where part.joinedTo == id { uploads[part.id]?.joinedTo = nil }
    }

    public func overdue(at time: Date, after last: Upload?, limit: Int) throws -> [Upload] {
        try reach()
        let due = uploads.values.map(seen).filter { upload in
            !upload.isBeingWritten && upload.joinedTo == nil && (upload.expiresAt < time || upload.awaitsFinish)
                && last.map { ($0.expiresAt, $0.id) < (upload.expiresAt, upload.id) } ?? true
        }
        return Array(due.sorted { ($0.expiresAt, $0.id) < ($1.expiresAt, $1.id) }.prefix(limit))
    }

    // MARK: -

    func note(_ key: MediaKey, _ mediaID: String?) {
        lastNote += 1
        notes.append(AbandonedMedia(id: lastNote, key: key, mediaID: mediaID))
    }

    private func seen(_ upload: Upload) -> Upload {
        var upload = upload
        upload.isBeingWritten = leases[upload.id].map { $0.until > clock.now } ?? false
        return upload
    }

    func end(of lease: Lease) -> Date {
        clock.now + lease.life / .seconds(1)
    }

    func paged<Item>(_ items: [Item], _ page: PageRequest, key: (Item) -> Cursor) throws -> Page<Item> {
        var rest = items[...]
        if let after = page.after {
            guard let last = items.firstIndex(where: { key($0) == after }) else { throw Failure.invalidCursor }
            rest = items[(last + 1)...]
        }
        return Page(Array(rest.prefix(page.limit + 1)), limit: page.limit, key: key)
    }
}
