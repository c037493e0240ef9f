import Foundation
public import Postgres

/// This service's migrations, forward only, in the order of their names.
public enum VideoMigrations {
    /// Fails when the build left them out.
    public static func load() throws -> PostgresMigrations {
        try PostgresMigrations(bundle: .module)
    }
}
