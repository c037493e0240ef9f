import ArgumentParser
import HTTPKit
import Hummingbird
import Logging
import Postgres
import ServiceKit
import UserStorage

@main
enum UserServer: ServiceProgram {
    static let name = "user-service"

    static func serve(_ config: UserConfig, _ boot: Boot) async throws -> ServiceHost {
        let wiring = try UserWiring(config, logger: boot.logger)
        return ServiceHost(
            boot, common: config.common, responder: wiring.adapters.router(config).edge(config.common.edge),
            checks: wiring.checks, services: wiring.services)
    }

    /// The schema, then the first signing keys.
    static func migrate(_ config: UserConfig, _ boot: Boot) async throws {
        let wiring = try UserWiring(config, logger: boot.logger)
        try await wiring.withDatabase {
            let applied = try await PostgresMigrations(directory: Migrations.directory)
                .apply(on: wiring.database, logger: boot.logger)
            try await wiring.keyring.prepare()
            boot.logger.info("database is up to date", metadata: ["applied": "\(applied)"])
        }
    }

    static var commands: [any ParsableCommand.Type] { [CreateAdminCommand.self] }
}

extension UserWiring {
    /// Runs `body` with the database's connections, and closes them after it.
    func withDatabase<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        do {
            let value = try await body()
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }
}
