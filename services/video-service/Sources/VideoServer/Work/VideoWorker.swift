import AWSIdentity
import ConfinedProcesses
import Foundation
import Logging
import Metrics
import ObjectStorage
import Postgres
import S3ObjectStorage
import ServiceKit
import ServiceLifecycle
import VideoDomain
import VideoStorage
import VideoTranscoding

/// The one place where the parts of `video-service work` meet.
struct VideoWorker {
    private let config: VideoConfig
    private let checks: [HealthCheck]
    private let services: [any Service]

    /// Finds out how children can be confined, and that ffmpeg is there. Fails: without either, and for a store that cannot be used.
    init(_ config: VideoConfig, _ boot: Boot) async throws {
        let confinement = try await Confinement.strongest(ConfineCommand.launcher)
        boot.logger.notice("films are read confined", metadata: ["confinement": "\(confinement)"])
        Gauge(label: "processing_confinement", dimensions: [("kind", "\(confinement)")]).record(1)
        let studio = FFmpegStudio(
            confinement: confinement,
            costs: FFmpegStudio.Costs(memory: config.processing.memoryBytes, threads: config.processing.threads))
        try await studio.check()
        let directory = URL(filePath: config.processing.directory)
        let places = try DirectoryWorkplaces(below: directory)
        switch config.media.storeURL.scheme {
        case "file":
            let store = try FileObjectStore(url: config.media.storeURL.absoluteString)
            self.init(
                config, StoredFilms(store: store), studio, places, KeptMedia(store: TracedObjectStore(store)),
                HealthCheck("object-store") { try await store.probe() }, boot.logger)
        case "s3":
            let bucket = S3ObjectStore(
                try S3Address(config.media.storeURL.absoluteString), credentials: try AWSIdentity(), logger: boot.logger
            )
            self.init(
                config, CopiedFilms(store: TracedObjectStore(bucket), places: places), studio, places,
                KeptMedia(store: TracedObjectStore(TailedParts(store: bucket))),
                HealthCheck("object-store") { try await bucket.probe() }, boot.logger)
        case let scheme:
            throw ObjectStoreError.badAddress(reason: "there is no store for \(scheme ?? "no scheme")://")
        }
    }

    private init(
        _ config: VideoConfig, _ source: some FilmSource, _ studio: some FilmStudio, _ places: some Workplaces,
        _ media: some MadeMedia, _ storeCheck: HealthCheck, _ logger: Logger
    ) {
        self.config = config
        let database = PostgresClient(PostgresConfiguration(connectionString: config.databaseURL), logger: logger)
        let jobs = PostgresJobStore(database: database)
        let work = WorkOffJob(
            jobs: jobs,
            process: ProcessVideo(
                source: source, studio: studio, places: places, media: media,
                limits: FilmLimits(longest: config.processing.longestFilm)), terms: ProcessingTerms())
        checks = [HealthCheck("postgres") { try await database.ping() }, storeCheck]
        services = [
            database,
            JobLanes(
                count: (config.processing.lanes, config.processing.quickLanes),
                arrivals: { jobs.arrivals(orEvery: .seconds(5)) }, logger: logger
            ) { isQuick in try await work(largest: isQuick ? config.processing.quickFilm : nil) },
        ]
    }

    func host(_ boot: Boot) -> ServiceHost {
        ServiceHost(worker: boot, common: config.common, checks: checks, services: services)
    }
}
