public import DomainKit
import Foundation
import Hummingbird
public import NIOCore
public import VideoDomain

/// What moderation is done with, and how long owners may appeal.
public struct Moderation: Sendable {
    let removals: any RemovalStore
    let reports: any ReportStore
    let appealTime: Duration

    public init(removals: any RemovalStore, reports: any ReportStore, appealTime: Duration) {
        self.removals = removals
        self.reports = reports
        self.appealTime = appealTime
    }
}

/// What the routes can do, put together once: the edge knows verbs, and nothing of what is behind them.
public struct VideoUseCases: Sendable {
    typealias Condition = (Video) throws -> Void
    typealias UploadCondition = @Sendable (Upload) throws -> Void
    typealias Checksum = any BodyChecksum<ByteBuffer>

    let listVideos: @Sendable (VideoQuery, PageRequest) async throws -> Page<Video>
    let showVideo: @Sendable (VideoID, _ to: Viewer) async throws -> SeenVideo
    let editVideo: @Sendable (VideoID, VideoChanges, _ by: Viewer, Condition) async throws -> Video
    let deleteVideo: @Sendable (VideoID, _ by: Viewer, Condition) async throws -> Void
    let playVideo: @Sendable (VideoID, _ for: Viewer) async throws -> Playback
    /// Nil also while nobody can sign one: what is said of a video does not wait for its poster.
    let posterURL: @Sendable (_ of: Video, _ for: Viewer) async -> String?
    let shareVideo: @Sendable (VideoID, _ with: UserID, _ by: Viewer) async throws -> (share: VideoShare, isNew: Bool)
    let unshareVideo: @Sendable (VideoID, _ with: UserID, _ by: Viewer) async throws -> Void
    let removeVideo: @Sendable (VideoID, Statement, _ by: Moderator, Condition?) async throws -> SeenVideo
    let putVideoBack: @Sendable (VideoID, _ by: Moderator, Condition?) async throws -> Void
    let appealRemoval: @Sendable (VideoID, Statement, _ effect: UUID?, _ by: Viewer) async throws -> Appeal
    let decideAppeal:
        @Sendable (VideoID, AppealDecision, _ answer: Statement?, _ by: Moderator, Condition?) async throws -> SeenVideo
    let reportVideo:
        @Sendable (VideoID, Statement, _ effect: UUID?, _ by: Viewer) async throws -> (report: VideoReport, isNew: Bool)
    let listReports: @Sendable (ReportQuery, PageRequest) async throws -> Page<ReportedVideo>
    let showReport: @Sendable (ReportID) async throws -> ReportedVideo
    let decideReport:
        @Sendable (ReportID, ReportDecision, _ by: Moderator, (VideoReport) throws -> Void) async throws ->
            ReportedVideo
    let listShares: @Sendable (VideoID, _ by: Viewer, PageRequest) async throws -> Page<VideoShare>

    let createUpload: @Sendable (NewUpload, _ effect: UUID?, _ by: Viewer) async throws -> (upload: Upload, isNew: Bool)
    let createPart:
        @Sendable (_ size: Int64, _ metadata: String?, _ effect: UUID?, _ by: Viewer) async throws -> (
            upload: Upload, isNew: Bool
        )
    let createDirectUpload:
        @Sendable (NewUpload, _ effect: UUID?, _ by: Viewer) async throws -> (upload: Upload, plan: PartPlan)
    let signParts: @Sendable ([Int], _ of: UploadID, _ by: UserID) async throws -> [PartLink]
    let listParts: @Sendable (_ of: UploadID, _ by: UserID, PageRequest) async throws -> Page<MediaPart>
    let completeUpload: @Sendable (UploadID, _ of: [ToldPart], _ sha256: String?, _ by: UserID) async throws -> Upload
    let joinUploads: @Sendable ([UploadID], NewUpload, _ effect: UUID?, _ by: Viewer) async throws -> Upload
    let receiveBytes:
        @Sendable (
            RequestBody, _ announced: Int64?, Checksum?, UploadID, _ at: Int64, _ by: UserID, any Permit,
            UploadCondition
        ) async throws -> Upload
    let receiveDraft:
        @Sendable (
            RequestBody, _ announced: Int64?, Checksum?, UploadID, _ at: Int64, UploadEnd, _ by: UserID, any Permit,
            UploadCondition, _ progress: @escaping @Sendable (Int64) async -> Void
        ) async throws -> Upload
    let showUpload: @Sendable (UploadID, _ to: UserID) async throws -> Upload
    let settledUpload: @Sendable (UploadID, _ to: UserID) async throws -> Upload
    let listUploads: @Sendable (_ of: UserID, PageRequest) async throws -> Page<Upload>
    let cancelUpload: @Sendable (UploadID, _ by: UserID, UploadCondition) async throws -> Void
    let showQuota: @Sendable (_ of: Viewer) async throws -> [VideoQuota: QuotaUse]
    let limits: UploadLimits
    private let clock: any WallClock
    let quotas: TierQuotas<VideoQuota>

    public init<Media: MediaStore>(
        videos: some VideoStore, shares: any ShareStore, moderation: Moderation, uploads: some UploadStore,
        holdings: any HoldingStore,
        media: Media, cleanup: some MediaCleaning, standings: any AccountStandings, rights: any VideoRights,
        grants: any PlaybackGrants, addresses: any RenditionAddresses, contents: any ContentsRule, limits: UploadLimits,
        quotas: TierQuotas<VideoQuota>, linkLife: Duration, ids: any IDSource, clock: any WallClock
    ) where Media.Writer.Chunk == ByteBuffer {
        let list = ListVideos(videos: videos)
        listVideos = { try await list($0, $1) }
        let show = ShowVideo(videos: videos, removals: moderation.removals)
        showVideo = { try await show($0, to: $1) }
        let edit = EditVideo(videos: videos, clock: clock)
        editVideo = { try await edit($0, $1, as: $2, precondition: $3) }
        let delete = DeleteVideo(videos: videos, cleanup: cleanup)
        deleteVideo = { try await delete($0, as: $1, precondition: $2) }
        let play = PlayVideo(
            watching: WatchingRule(videos: videos, shares: shares, rights: rights), media: media, grants: grants,
            addresses: addresses, clock: clock, life: linkLife)
        playVideo = { try await play($0, for: $1) }
        let poster = LinkPoster(media: media, clock: clock, life: linkLife)
        posterURL = { (try? await poster(of: $0, for: $1))?.url }
        let share = ShareVideo(videos: videos, shares: shares, clock: clock)
        shareVideo = { try await share($0, with: $1, as: $2) }
        let unshare = UnshareVideo(videos: videos, shares: shares)
        unshareVideo = { try await unshare($0, with: $1, as: $2) }
        let listing = ListShares(videos: videos, shares: shares)
        listShares = { try await listing($0, as: $1, $2) }

        let remove = RemoveVideo(
            videos: videos, removals: moderation.removals, clock: clock, appealTime: moderation.appealTime)
        removeVideo = { try await remove($0, because: $1, as: $2, precondition: $3) }
        let putBack = PutVideoBack(videos: videos, removals: moderation.removals, clock: clock)
        putVideoBack = { try await putBack($0, as: $1, precondition: $2) }
        let appeal = AppealRemoval(videos: videos, removals: moderation.removals, clock: clock, ids: ids)
        appealRemoval = { try await appeal($0, $1, effect: $2, as: $3) }
        let decide = DecideAppeal(videos: videos, removals: moderation.removals, clock: clock)
        decideAppeal = { try await decide($0, $1, answer: $2, as: $3, precondition: $4) }
        let report = ReportVideo(videos: videos, reports: moderation.reports, clock: clock, ids: ids)
        reportVideo = { try await report($0, because: $1, effect: $2, as: $3) }
        let reports = ListReports(reports: moderation.reports)
        listReports = { try await reports($0, $1) }
        showReport = { try await reports($0) }
        let judge = DecideReport(
            reports: moderation.reports, removals: moderation.removals, clock: clock, appealTime: moderation.appealTime)
        decideReport = { try await judge($0, $1, as: $2, precondition: $3) }

        let finish = FinishUpload(
            uploads: uploads, media: media, standings: standings, rights: rights, contents: contents, clock: clock,
            ids: ids, leaseLife: limits.leaseLife)
        let create = CreateUpload(
            uploads: uploads, media: media, finish: finish, rights: rights, clock: clock, ids: ids, limits: limits,
            quotas: quotas)
        createUpload = { try await create($0, effect: $1, as: $2) }
        createPart = { try await create.part(of: $0, metadata: $1, effect: $2, as: $3) }
        createDirectUpload = { try await create.direct($0, effect: $1, as: $2) }
        let sign = SignParts(uploads: uploads, media: media, clock: clock, limits: limits)
        signParts = { try await sign($0, of: $1, as: $2) }
        let parts = ListParts(uploads: uploads, media: media)
        listParts = { try await parts($0, as: $1, $2) }
        let complete = CompleteUpload(uploads: uploads, media: media, finish: finish, ids: ids, limits: limits)
        completeUpload = { try await complete($0, of: $1, sha256: $2, as: $3) }
        let join = JoinUploads(
            uploads: uploads, media: media, finish: finish, rights: rights, cleanup: cleanup, clock: clock, ids: ids,
            limits: limits, quotas: quotas)
        joinUploads = { try await join($0, as: $1, effect: $2, by: $3) }
        let receive = ReceiveBytes(
            uploads: uploads, media: media, finish: finish, clock: clock, ids: ids, limits: limits)
        receiveBytes = {
            try await receive(
                $0, announced: $1, checksum: $2, into: $3, at: $4, as: $5, with: $6, precondition: $7)
        }
        receiveDraft = {
            try await receive(
                $0, announced: $1, checksum: $2, into: $3, at: $4, until: $5, as: $6, with: $7, progress: $9,
                precondition: $8)
        }
        let showing = ShowUpload(uploads: uploads, media: media, finish: finish, limits: limits)
        showUpload = { try await showing($0, to: $1) }
        settledUpload = { try await showing.settled($0, to: $1) }
        let own = ListUploads(uploads: uploads, media: media)
        listUploads = { try await own(of: $0, $1) }
        let cancel = CancelUpload(uploads: uploads, media: media, cleanup: cleanup)
        cancelUpload = { try await cancel($0, as: $1, precondition: $2) }
        let quota = ShowQuota(holdings: holdings, quotas: quotas)
        showQuota = { try await quota(of: $0) }
        self.limits = limits
        self.quotas = quotas
        self.clock = clock
    }

    /// Until the upload may be given up, if nothing comes.
    func secondsLeft(of upload: Upload) -> Int64 {
        Int64(exactly: max(0, upload.expiresAt.timeIntervalSince(clock.now)).rounded(.down)) ?? 0
    }

    /// What one upload may be for an account of this tier; nil for whatever the best one may.
    func uploadLimit(for tier: String?) -> UploadLimitField {
        let allowed = tier.map { quotas.limit(of: .bytes, for: $0) } ?? quotas.highest(.bytes)
        return UploadLimitField(mostBytes: min(limits.mostBytes, allowed), life: limits.expiry)
    }
}
