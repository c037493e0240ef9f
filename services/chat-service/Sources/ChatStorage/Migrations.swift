import Foundation
public import Postgres

extension PostgresMigrations {
    /// Those of chat-service. Fails when the build left them out.
    public static func chatService() throws -> PostgresMigrations { try PostgresMigrations(bundle: .module) }
}
