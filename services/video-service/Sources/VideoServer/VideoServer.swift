import ArgumentParser
import Logging
import NIOCore
import Postgres
import ServiceKit
import VideoStorage

/// `video-service serve | migrate | config | routes | reconcile | work | jobs`
@main
enum VideoServer: ServiceProgram {
    static let name = "video-service"

    static func serve(_ config: VideoConfig, _ boot: Boot) async throws -> ServiceHost {
        // Disks are waited for on these threads: one for each of a good number of uploads that synchronise at once.
        NIOSingletons.blockingPoolThreadCountSuggestion = 16
        BufferMemory.keep()
        return try VideoWiring(config, logger: boot.logger).host(boot)
    }

    static var commands: [any ParsableCommand.Type] {
        [ReconcileCommand.self, WorkCommand.self, JobsCommand.self, ConfineCommand.self]
    }

    static func migrate(_ config: VideoConfig, _ boot: Boot) async throws {
        let database = PostgresClient(
            PostgresConfiguration(connectionString: config.databaseURL), logger: boot.logger)
        try await database.closing {
            _ = try await PostgresMigrations.videoService().apply(on: database, logger: boot.logger)
        }
    }
}
