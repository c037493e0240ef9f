import Foundation
public import Postgres

extension PostgresMigrations {
    /// Those of user-service. Fails when the build left them out.
    public static func userService() throws -> PostgresMigrations { try PostgresMigrations(bundle: .module) }
}
