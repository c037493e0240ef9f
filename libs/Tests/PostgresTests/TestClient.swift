import Foundation
import Logging
import PlatformTesting
import Postgres
import Testing

/// A client of a fresh database, or of `url`.
func makeClient(
    _ url: String? = nil, _ configure: (inout PostgresConfiguration) -> Void = { _ in }
) async throws -> PostgresClient {
    let address: String
    if let url { address = url } else { address = try await TestPostgres.database() }
    var configuration = PostgresConfiguration(connectionString: address)
    configure(&configuration)
    return PostgresClient(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

/// The `PostgresError` that `body` throws.
func postgresError<Value>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
) async throws -> PostgresError {
    do {
        _ = try await body()
    } catch let error as PostgresError {
        return error
    }
    return try #require(nil as PostgresError?, "no error was thrown", sourceLocation: sourceLocation)
}
