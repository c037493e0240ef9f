import DomainKit
import Foundation
import NIOCore
import PlatformTesting
import VideoDomain
import VideoTestKit

/// The upload use cases on ports in memory.
struct UploadHouse {
    let clock = TestClock()
    let library: InMemoryLibrary
    let media = InMemoryMedia()
    let standings = TestStandings()
    let rights = ScriptedRights()
    let user = Sample.user()
    let create: CreateUpload<InMemoryLibrary, InMemoryMedia>
    let join: JoinUploads<InMemoryLibrary, InMemoryMedia>
    let receive: ReceiveBytes<InMemoryLibrary, InMemoryMedia>
    let show: ShowUpload<InMemoryLibrary, InMemoryMedia>
    let sign: SignParts<InMemoryLibrary, InMemoryMedia>
    let complete: CompleteUpload<InMemoryLibrary, InMemoryMedia>
    let cancel: CancelUpload<InMemoryLibrary, InMemoryMedia, MediaCleanup<InMemoryLibrary, InMemoryMedia>>
    let sweep: SweepUploads<InMemoryLibrary, InMemoryMedia, InMemoryLibrary, InMemoryLibrary>

    init(
        checkpointBytes: Int64 = 1 << 20, quotas: TierQuotas<VideoQuota> = .ample, leaseLife: Duration = .seconds(15),
        turnPatience: Duration = .milliseconds(100), contents: any ContentsRule = AnyContents()
    ) {
        let limits = UploadLimits(
            mostBytes: 1_000, expiry: .seconds(3_600), leaseLife: leaseLife, settling: .milliseconds(100),
            turnPatience: turnPatience,
            checkpointBytes: checkpointBytes)
        let ids = SystemIDSource()
        library = InMemoryLibrary(clock: clock)
        let finish = FinishUpload(
            uploads: library, media: media, standings: standings, rights: rights, contents: contents, clock: clock,
            ids: ids, leaseLife: limits.leaseLife)
        let cleanup = MediaCleanup(notes: library, media: media)
        join = JoinUploads(
            uploads: library, media: media, finish: finish, rights: rights, cleanup: cleanup, clock: clock, ids: ids,
            limits: limits, quotas: quotas)
        create = CreateUpload(
            uploads: library, media: media, finish: finish, rights: rights, clock: clock, ids: ids, limits: limits,
            quotas: quotas)
        receive = ReceiveBytes(
            uploads: library, media: media, finish: finish, clock: clock, ids: ids, limits: limits)
        show = ShowUpload(uploads: library, media: media, finish: finish, limits: limits)
        cancel = CancelUpload(uploads: library, media: media, cleanup: cleanup)
        sign = SignParts(uploads: library, media: media, clock: clock, limits: limits)
        complete = CompleteUpload(uploads: library, media: media, finish: finish, ids: ids, limits: limits)
        sweep = SweepUploads(
            uploads: library, finish: finish, cleanup: cleanup, turns: library, clock: clock, limits: limits)
    }

    func play(life: Duration) -> PlayVideo<InMemoryLibrary, InMemoryMedia> {
        PlayVideo(
            watching: WatchingRule(videos: library, shares: library, rights: rights), media: media,
            grants: InMemoryGrants(), addresses: PlainAddresses(), clock: clock, life: life)
    }

    func begin(_ size: Int64) async throws -> Upload {
        try await create(try Sample.new(size: size), as: Viewer(user)).upload
    }

    /// An upload of one part, which is stored as `text` and listed.
    func beginDirect(_ text: String = "hello") async throws -> (upload: Upload, parts: [ToldPart]) {
        let size = Int64(text.utf8.count)
        let upload = try await create.direct(try Sample.new(size: size), as: Viewer(user)).upload
        let etag = try await media.put(text, asPart: 1, of: upload.media)
        return (upload, [ToldPart(number: 1, etag: etag)])
    }

    /// An upload with all its bytes whose process died before it was finished; its lease runs out after 15 s.
    func beginAndDie() async throws -> Upload {
        let upload = try await begin(5)
        let lease = Lease(token: UUID(), life: .seconds(15))
        _ = try await library.claim(upload.id, of: user, at: 0, lease)
        let writer = try await media.writer(to: upload.media, at: 0)
        await writer.write(.init(string: "hello"))
        _ = try await writer.flush()
        _ = try await library.record(5, of: upload.id, lease, expiresAt: upload.expiresAt, releasing: false)
        return upload
    }

    @discardableResult
    func send(
        _ pieces: [String], into upload: Upload, at offset: Int64 = 0, announced: Int64? = nil, as other: UserID? = nil
    ) async throws -> Upload {
        try await receive(
            Body(pieces), announced: announced, into: upload.id, at: offset, as: other ?? user, with: TestPermit())
    }

    func stored(_ upload: Upload) async throws -> Int64? {
        try await library.find(upload.id, of: user)?.received
    }
}

/// A body that comes in pieces and may be cut behind them, or go on only when somebody lets it.
struct Body: AsyncSequence, Sendable {
    struct Cut: Error {}

    let pieces: [String]
    var isCut = false
    var gate: AsyncStream<Void>?
    /// Told when all pieces were taken.
    var atGate: AsyncStream<Void>.Continuation?

    init(
        _ pieces: [String], isCut: Bool = false, gate: AsyncStream<Void>? = nil,
        atGate: AsyncStream<Void>.Continuation? = nil
    ) {
        self.atGate = atGate
        self.pieces = pieces
        self.isCut = isCut
        self.gate = gate
    }

    func makeAsyncIterator() -> Iterator { Iterator(body: self, rest: pieces[...]) }

    struct Iterator: AsyncIteratorProtocol {
        let body: Body
        var rest: ArraySlice<String>

        mutating func next() async throws -> ByteBuffer? {
            if let piece = rest.popFirst() { return ByteBuffer(string: piece) }
            body.atGate?.yield()
            if let gate = body.gate { for await _ in gate {} }
            if body.isCut { throw Cut() }
            return nil
        }
    }
}

/// The failure `work` ends with; nil when it succeeds.
func failure(_ work: () async throws -> some Any) async -> Failure? {
    do {
        _ = try await work()
        return nil
    } catch {
        return error as? Failure
    }
}
