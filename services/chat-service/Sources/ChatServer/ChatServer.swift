import ChatStorage
import Postgres
import ServiceKit

/// `chat-service serve | migrate | config | routes`.
@main
enum ChatServer: ServiceProgram {
    static let name = "chat-service"

    static func serve(_ config: ChatConfig, _ boot: Boot) async throws -> ServiceHost {
        try ChatWiring(config, logger: boot.logger).host(boot)
    }

    static func migrate(_ config: ChatConfig, _ boot: Boot) async throws {
        let client = PostgresClient(
            PostgresConfiguration(connectionString: config.databaseURL), logger: boot.logger)
        try await client.closing {
            _ = try await PostgresMigrations.chatService().apply(on: client, logger: boot.logger)
        }
    }
}
