public import AuthKit
public import DomainKit
public import HTTPKit
public import IdentityEvents
public import NIOCore
import ServiceKit
public import VideoDomain
public import VideoHTTP

/// What stands behind the ports: PostgreSQL and an object store in a running service, memory in tests. What is made of
/// them is the same.
public struct VideoAdapters<
    Videos: VideoStore, Uploads: UploadStore, Media: MediaStore, Notes: AbandonedMediaStore
>: Sendable where Media.Writer.Chunk == ByteBuffer {
    let videos: Videos
    let shares: any ShareStore
    let removals: any RemovalStore
    let reports: any ReportStore
    let uploads: Uploads
    let holdings: any HoldingStore
    let media: Media
    let notes: Notes
    let grants: any PlaybackGrants
    let addresses: any RenditionAddresses
    let gate: any MediaGate
    let keys: any VerificationKeys
    let revocations: RevocationTable
    private let bans: ToldBans
    let rights: any VideoRights
    let contents: any ContentsRule
    let idempotency: any IdempotencyStore
    let limits: any RateLimitStore
    let ids: any IDSource
    let clock: any WallClock

    public init(
        videos: Videos, shares: any ShareStore, removals: any RemovalStore, reports: any ReportStore, uploads: Uploads,
        holdings: any HoldingStore, media: Media,
        notes: Notes, grants: any PlaybackGrants, addresses: any RenditionAddresses, gate: any MediaGate,
        keys: any VerificationKeys, revocations: RevocationTable,
        rights: any VideoRights, contents: any ContentsRule,
        idempotency: any IdempotencyStore, limits: any RateLimitStore, ids: any IDSource = SystemIDSource(),
        clock: any WallClock = SystemWallClock()
    ) {
        self.videos = videos
        self.shares = shares
        self.removals = removals
        self.reports = reports
        self.uploads = uploads
        self.holdings = holdings
        self.media = media
        self.notes = notes
        self.grants = grants
        self.addresses = addresses
        self.gate = gate
        self.keys = keys
        self.revocations = revocations
        bans = ToldBans(revocations)
        self.rights = rights
        self.contents = contents
        self.idempotency = idempotency
        self.limits = limits
        self.ids = ids
        self.clock = clock
    }

    public func routes(_ config: VideoConfig) -> AccessRouter<CallerContext> {
        let verifier = TokenVerifier(
            keys: keys, rules: TokenVerifier.Rules(issuer: config.tokens.issuer, audience: config.tokens.audience),
            revocations: revocations, clock: clock)
        let running = RunningUploads(verifier: verifier)
        revocations.observe { event in running.recheck(event.userID) }
        return videoRouter(
            VideoUseCases(
                videos: videos, shares: shares,
                moderation: Moderation(removals: removals, reports: reports, appealTime: config.appealTime),
                uploads: uploads, holdings: holdings, media: media,
                cleanup: cleanup, standings: bans,
                rights: rights, grants: grants, addresses: addresses, contents: contents, limits: config.limits,
                quotas: config.quotas,
                linkLife: config.media.linkLife, ids: ids,
                clock: clock),
            edge: VideoEdge(
                verifier: verifier, running: running,
                limits: VideoLimits(
                    uploadsPerMinute: config.uploadsPerMinute, reportsPerMinute: config.reportsPerMinute,
                    sharesPerMinute: config.sharesPerMinute, store: limits),
                idempotency: idempotency, gate: gate,
                problemTypeBase: config.common.problemBaseURL))
    }

    func sweep<Turns: SweepTurns>(
        _ turns: Turns, _ config: VideoConfig
    ) -> SweepUploads<Uploads, Media, Notes, Turns> {
        let finish = FinishUpload(
            uploads: uploads, media: media, standings: bans, rights: rights, contents: contents, clock: clock, ids: ids,
            leaseLife: config.limits.leaseLife)
        return SweepUploads(
            uploads: uploads, finish: finish, cleanup: cleanup, turns: turns, clock: clock, limits: config.limits)
    }

    var eraseRemoved: EraseRemoved<Videos, MediaCleanup<Notes, Media>> {
        EraseRemoved(videos: videos, removals: removals, cleanup: cleanup, clock: clock)
    }

    var cleanup: MediaCleanup<Notes, Media> { MediaCleanup(notes: notes, media: media) }
}
