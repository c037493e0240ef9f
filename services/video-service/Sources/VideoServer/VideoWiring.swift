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

    private init<Media: MediaStore>(
        _ config: VideoConfig, media: Media, gate: any MediaGate, storeCheck: HealthCheck, logger: Logger
    ) throws where Media.Writer.Chunk == ByteBuffer {
        self.config = config
        let database = PostgresClient(PostgresConfiguration(connectionString: config.databaseURL), logger: logger)
        let keys = try JWKSource(
            url: config.tokens.jwksURL, allowsPlaintext: config.tokens.allowsPlaintextJWKS, logger: logger)
        let idempotency = PostgresIdempotencyStore(database: database)
        let adapters = VideoAdapters(
            videos: PostgresVideoStore(database: database), uploads: PostgresUploadStore(database: database),
            media: media, notes: PostgresAbandonedMediaStore(database: database), gate: gate, keys: keys,
            idempotency: idempotency)
        routes = { adapters.routes(config) }
        checks = [
            HealthCheck("postgres") { try await database.ping() },
            HealthCheck("jwks") { try await keys.check() },
            storeCheck,
        ]
        let sweep = adapters.sweep(PostgresSweepTurns(database: database), config)
        services = [
            database, keys,
            Housekeeping(
                [
                    Chore("idempotency keys", every: config.sweepInterval) { try await idempotency.sweep() },
                    sweep.chore(every: config.sweepInterval, logger),
                ], logger: logger),
        ]
    }

    public func host(_ boot: Boot) -> ServiceHost {
        ServiceHost(
            boot, common: config.common, routes: routes(), wrapped: { MethodOverride($0) }, server: .media(),
            checks: checks, services: services)
    }
}
