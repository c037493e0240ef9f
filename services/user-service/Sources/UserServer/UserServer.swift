import ArgumentParser
import Logging
import Postgres
import ServiceKit
import UserStorage

@main
enum UserServer: ServiceProgram {
    static let name = "user-service"

    static func serve(_ config: UserConfig, _ boot: Boot) async throws -> ServiceHost {
        try UserWiring(config, logger: boot.logger).host(boot)
    }

    /// The schema, then the first signing keys, then the services that may get tokens.
    static func migrate(_ config: UserConfig, _ boot: Boot) async throws {
        let wiring = try UserWiring(config, logger: boot.logger)
        try await wiring.database.closing {
            let applied = try await PostgresMigrations.userService().apply(on: wiring.database, logger: boot.logger)
            try await wiring.keyring.prepare()
            if let clients = config.serviceClients { try await wiring.declare(clients) }
            boot.logger.info("database is up to date", metadata: ["applied": "\(applied)"])
        }
    }

    static var commands: [any ParsableCommand.Type] {
        [CreateAdminCommand.self, EraseCommand.self, KeysCommand.self, AuditCommand.self]
    }
}
