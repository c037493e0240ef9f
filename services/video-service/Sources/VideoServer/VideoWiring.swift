public import AuthKit
import Crypto
import DomainKit
import Foundation
public import HTTPKit
import Hummingbird
public import Logging
import NIOCore
import ObjectStorage
import Postgres
import PostgresIdempotency
public import ServiceKit
public import ServiceLifecycle
import VideoDomain
public import VideoHTTP
import VideoStorage

/// Where the parts of the service meet.
public struct VideoWiring: Sendable {
    public let responder: MethodOverride<EdgeResponder<CallerContext>>
    public let routes: [RouteEntry]
    public let checks: [HealthCheck]
    /// What must run beside the server, drivers first.
    public let services: [any Service]

    /// Opens the object store that the settings name; reaches for nothing else yet. Fails: an address that cannot be used.
    public init(_ config: VideoConfig, logger: Logger) throws {
        // What stores differ in beyond their capabilities is how their signed URLs are answered.
        switch config.media.storeURL.scheme {
        case "file":
            let signer = URLSigner(
                base: config.common.publicURL + "/media", secret: SymmetricKey(data: config.media.linkKey))
            let store = try FileObjectStore(url: config.media.storeURL.absoluteString, signer: signer)
            try self.init(
                config, media: ObjectMediaStore(store: TracedObjectStore(store)),
                gate: SignedMediaGate(store: store, signer: signer, clock: SystemWallClock()),
                storeCheck: HealthCheck("object-store") { try await store.probe() }, logger: logger)
        case let scheme:
            throw ObjectStoreError.badAddress(reason: "there is no store for \(scheme ?? "no scheme")://")
        }
    }

    private init<Media: MediaStore, Gate: MediaGate>(
        _ config: VideoConfig, media: Media, gate: Gate, storeCheck: HealthCheck, logger: Logger
    ) throws where Media.Writer.Chunk == ByteBuffer {
        let clock = SystemWallClock()
        let ids = SystemIDSource()
        let limits = config.limits
        let database = PostgresClient(PostgresConfiguration(connectionString: config.databaseURL), logger: logger)
        let keys = try JWKSource(
            url: config.tokens.jwksURL, allowsPlaintext: config.tokens.allowsPlaintextJWKS, logger: logger)
        let verifier = TokenVerifier(
            keys: keys, rules: TokenVerifier.Rules(issuer: config.tokens.issuer, audience: config.tokens.audience))

        let videoStore = PostgresVideoStore(database: database)
        let uploadStore = PostgresUploadStore(database: database)
        let cleanup = MediaCleanup(notes: PostgresAbandonedMediaStore(database: database), media: media)
        let finish = FinishUpload(uploads: uploadStore, media: media, clock: clock)

        let idempotency = PostgresIdempotencyStore(database: database)

        let router = VideoAPI(
            videos: VideoUseCases(
                list: ListVideos(videos: videoStore), show: ShowVideo(videos: videoStore),
                edit: EditVideo(videos: videoStore, clock: clock),
                delete: DeleteVideo(videos: videoStore, cleanup: cleanup),
                play: PlayVideo(videos: videoStore, media: media, clock: clock, life: config.media.linkLife)),
            uploads: UploadUseCases(
                create: CreateUpload(
                    uploads: uploadStore, media: media, finish: finish, clock: clock, ids: ids, limits: limits),
                receive: ReceiveBytes(
                    uploads: uploadStore, media: media, finish: finish, clock: clock, ids: ids, limits: limits),
                show: ShowUpload(uploads: uploadStore, finish: finish, limits: limits),
                list: ListUploads(uploads: uploadStore),
                cancel: CancelUpload(uploads: uploadStore, cleanup: cleanup), limits: limits),
            gate: gate,
            guardian: BearerMiddleware(verifier: verifier), idempotency: idempotency,
            problemTypeBase: config.common.problemBaseURL
        ).router()

        responder = MethodOverride(router.edge(config.common.edge))
        routes = routeTable(of: router)
        checks = [
            HealthCheck("postgres") { try await database.ping() },
            HealthCheck("jwks") { try await keys.check() },
            storeCheck,
        ]
        let sweep = SweepUploads(
            uploads: uploadStore, finish: finish, cleanup: cleanup, turns: PostgresSweepTurns(database: database),
            clock: clock, limits: limits)
        services = [
            database, keys,
            Housekeeping(
                [
                    Chore("idempotency keys", every: config.sweepInterval) { try await idempotency.sweep() },
                    sweep.chore(every: config.sweepInterval, logger),
                ], logger: logger),
        ]
    }
}
