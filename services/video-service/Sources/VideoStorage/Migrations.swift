import Foundation
public import Postgres

extension PostgresMigrations {
    /// Those of video-service. Fails when the build left them out.
    public static func videoService() throws -> PostgresMigrations { try PostgresMigrations(bundle: .module) }
}
