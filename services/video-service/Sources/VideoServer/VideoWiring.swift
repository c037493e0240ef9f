import AWSIdentity
public import AWSSigning
public import AuthKit
import Crypto
import DataExports
import DomainKit
import ErasureWork
import Foundation
public import HTTPKit
import Hummingbird
public import IdentityEvents
public import Logging
import NIOCore
import ObjectStorage
import Postgres
import PostgresIdempotency
import Redis
import RedisIdentityEvents
import RedisLimits
import S3ObjectStorage
public import ServiceKit
public import ServiceLifecycle
public import VideoDomain
import VideoHTTP
import VideoStorage

/// The one place where the parts of video-service meet.
public struct VideoWiring: Sendable {
    private let config: VideoConfig
    /// Those of the public port.
    public let routes: @Sendable () -> AccessRouter<CallerContext>
    public let checks: [HealthCheck]
    /// What must run beside the server, drivers first.
    public let services: [any Service]
    /// What is known of void tokens.
    public let revocations: RevocationTable
    public let follower: IdentityFollower
    /// Of who may watch what.
    public let access: WatchAccessFollower
    let reconciliation: Reconciliation

    /// Opens the object store that the settings name; reaches for nothing else yet. Fails: an address that cannot be used.
    ///
    /// - Parameters:
    ///   - access: what is known of videos that others may watch than before.
    ///   - rights: for tests; without them user-service is asked.
    ///   - contents: for tests whose bytes are no films.
    ///   - limits: what counts for limits, for tests; without it Redis does.
    ///   - credentials: for a bucket of S3, for tests; without them the environment is asked who we are.
    public init(
        _ config: VideoConfig, revocations: RevocationTable = RevocationTable(),
        access: WatchAccessTable = WatchAccessTable(), rights: (any VideoRights)? = nil,
        contents: any ContentsRule = KnownContainers(), limits: (any RateLimitStore)? = nil,
        credentials: (any AWSCredentialsProvider)? = nil, logger: Logger
    ) throws {
        // What stores differ in beyond their capabilities is how their signed URLs are answered.
        switch config.media.storeURL.scheme {
        case "file":
            let secret = SymmetricKey(data: config.media.linkKey)
            let (signer, seal) = (
                URLSigner(base: config.common.publicURL + "/media", secret: secret), LinkHolderSeal(secret: secret)
            )
            let store = try FileObjectStore(url: config.media.storeURL.absoluteString, signer: signer)
            try self.init(
                config, media: ObjectMediaStore(store: TracedObjectStore(store), seal: seal),
                gate: { door, questions in
                    SignedMediaGate(
                        store: store, signer: signer, seal: seal, revocations: revocations, access: access,
                        door: door, questions: questions, clock: SystemWallClock())
                },
                storeCheck: HealthCheck("object-store") { try await store.probe() }, revocations: revocations,
                access: access, rights: rights, contents: contents, limits: limits, logger: logger)
        case "s3":
            // As AWS's own tools find them: they are no settings of ours.
            let bucket = S3ObjectStore(
                try S3Address(config.media.storeURL.absoluteString), credentials: try credentials ?? AWSIdentity(),
                logger: logger)
            let seal = LinkHolderSeal(secret: SymmetricKey(data: config.media.linkKey))
            try self.init(
                config,
                media: ObjectMediaStore(store: TracedObjectStore(TailedParts(store: bucket)), seal: seal),
                gate: { door, _ in
                    BucketMediaGate(store: TracedObjectStore(bucket), door: door, clock: SystemWallClock())
                },
                // Without it nobody uploads; lists go on, and links that were signed.
                storeCheck: HealthCheck("object-store", .helpful) { try await bucket.probe() },
                revocations: revocations, access: access, rights: rights, contents: contents, limits: limits,
                logger: logger)
        case let scheme:
            throw ObjectStoreError.badAddress(reason: "there is no store for \(scheme ?? "no scheme")://")
        }
    }

    private init<Media: MediaStore>(
        _ config: VideoConfig, media: Media,
        gate: (RenditionDoor, WatchingQuestions) -> any MediaGate, storeCheck: HealthCheck,
        revocations: RevocationTable, access: WatchAccessTable, rights: (any VideoRights)?,
        contents: any ContentsRule, limits: (any RateLimitStore)?, logger: Logger
    ) throws where Media.Writer.Chunk == ByteBuffer {
        self.config = config
        let database = PostgresClient(PostgresConfiguration(connectionString: config.databaseURL), logger: logger)
        let redis = RedisClient(try RedisConfiguration(url: config.redisURL), logger: logger)
        let keys = try JWKSource(
            url: config.tokens.jwksURL, allowsPlaintext: config.tokens.allowsPlaintextJWKS, logger: logger)
        let idempotency = PostgresIdempotencyStore(database: database)
        let frequencies = TermFrequencies()
        let videos = PostgresVideoStore(database: database, frequencies: frequencies)
        let shares = PostgresShareStore(database: database)
        let rights = try rights ?? Self.rights(config, revocations, logger)
        let watching = WatchingRule(videos: videos, shares: shares, rights: rights)
        let questions = WatchingQuestions(watching, videos)
        let grants = PostgresPlaybackGrants(database: database)
        let tickets = RenditionTicketSeal(
            base: config.common.publicURL + "/media/hls", secret: SymmetricKey(data: config.media.linkKey))
        let door = RenditionDoor(
            seal: tickets, revocations: revocations, access: access, clock: SystemWallClock()
        ) { ticket in
            guard try await grants.confirm(ticket.grant) else { throw Failure.linkExpired }
            try await questions.watching(ticket.video, Viewer(ticket.holder))
        }
        let adapters = VideoAdapters(
            videos: videos, shares: shares,
            removals: PostgresRemovalStore(database: database), reports: PostgresReportStore(database: database),
            uploads: PostgresUploadStore(database: database),
            holdings: PostgresHoldingStore(database: database), media: media,
            notes: PostgresAbandonedMediaStore(database: database),
            grants: grants, addresses: tickets, gate: gate(door, questions), keys: keys, revocations: revocations,
            rights: rights, contents: contents,
            idempotency: idempotency,
            limits: limits ?? RedisRateLimitStore(redis, patience: .milliseconds(250), logger: logger))
        let feed = try HTTPRevocationFeed(
            url: config.identity.url, clientID: config.identity.clientID, secret: config.identity.clientSecret,
            allowsPlaintext: config.tokens.allowsPlaintextJWKS)
        let follower = IdentityFollower(
            table: revocations, stream: RedisIdentityStream(redis: redis), feed: feed, logger: logger)
        self.revocations = revocations
        self.follower = follower
        let recent = RecentAccessChanges(database: database)
        let access = WatchAccessFollower(table: access, recent: recent, logger: logger)
        self.access = access
        routes = { adapters.routes(config) }
        checks = [
            HealthCheck("postgres") {
                try await database.ping()
                try await access.check()
            },
            // It makes bans known at once: without it they are asked for every few seconds, and each replica counts limits for itself.
            HealthCheck("redis", .helpful) { try await redis.ping() },
            HealthCheck("jwks") { try await keys.check() },
            // Who may not know who is banned by now serves nobody.
            HealthCheck("identity") { try follower.check() },
            HealthCheck("clock") { try follower.checkClock() },
            storeCheck,
        ]
        reconciliation = Reconciliation(
            ReconcileMedia(owners: PostgresMediaOwners(database: database), media: media), on: database)
        let sweep = adapters.sweep(PostgresSweepTurns(database: database), config)
        let backfill = PostgresSearchBackfill(database: database)
        let erasures = ErasureFollower(
            feed: try HTTPErasureFeed(
                url: config.identity.url, clientID: config.identity.clientID, secret: config.identity.clientSecret,
                allowsPlaintext: config.tokens.allowsPlaintextJWKS),
            database: database, eraser: PostgresVideoEraser(cleanup: adapters.cleanup), logger: logger)
        let exports = DataExportFollower(
            feed: try HTTPDataExportFeed(
                url: config.identity.url, clientID: config.identity.clientID, secret: config.identity.clientSecret,
                allowsPlaintext: config.tokens.allowsPlaintextJWKS),
            exporter: PostgresVideoExporter.exporter(database), logger: logger)
        let eraseRemoved = adapters.eraseRemoved
        let census = StateCensus(database: database)
        services =
            [database, redis, keys, follower] + [access] + [
                Housekeeping(
                    [
                        Chore("idempotency keys", every: config.sweepInterval) { try await idempotency.sweep() },
                        Chore("data exports", every: .seconds(5), pausing: .milliseconds(50)) {
                            try await exports.work()
                        },
                        Chore("erased accounts", every: .seconds(5), pausing: .milliseconds(50)) {
                            try await erasures.work()
                        },
                        sweep.chore(every: config.sweepInterval, logger),
                        Chore("removed videos", every: config.sweepInterval) {
                            let erased = try await eraseRemoved()
                            if erased > 0 {
                                logger.info("erased what was taken down", metadata: ["videos": "\(erased)"])
                            }
                        },
                        Chore("access changes", every: config.sweepInterval) { try await recent.sweep() },
                        Chore("playback grants", every: config.sweepInterval, pausing: .milliseconds(50)) {
                            try await grants.removeOver(limit: 1_000) == 1_000
                        },
                        Chore("states", every: config.sweepInterval) { try await census.measure() },
                        Chore("search", every: config.sweepInterval) {
                            let filled = try await backfill()
                            if filled > 0 { logger.info("made videos findable", metadata: ["videos": "\(filled)"]) }
                        },
                        // What is frequent is so for longer than this.
                        Chore("term frequencies", every: .seconds(300)) {
                            try await frequencies.refresh(from: database)
                        },
                    ], logger: logger)
            ]
    }

    private static func rights(
        _ config: VideoConfig, _ revocations: RevocationTable, _ logger: Logger
    ) throws -> AskedRights {
        let decisions = try DecisionClient(
            url: config.identity.url, clientID: config.identity.clientID, secret: config.identity.clientSecret,
            revocations: revocations, allowsPlaintext: config.tokens.allowsPlaintextJWKS)
        return AskedRights(logger: logger) { question throws(Failure) in try await decisions.decision(on: question) }
    }

    public func host(_ boot: Boot) -> ServiceHost {
        ServiceHost(
            boot, common: config.common, routes: routes(), wrapped: { MethodOverride($0) }, server: .media(),
            checks: checks, services: services)
    }
}
