import Foundation
import Logging
import Redis
import Synchronization
import Testing

/// A client for a test, silent, closed when the body is done.
func withClient<Value>(
    _ configuration: RedisConfiguration, _ body: (RedisClient) async throws -> Value
) async throws -> Value {
    let client = RedisClient(configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    do {
        let value = try await body(client)
        await client.close()
        return value
    } catch {
        await client.close()
        throw error
    }
}

/// The error a command fails with.
func failure(_ body: () async throws -> Void) async -> RedisError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? RedisError
    }
}

/// Collects what callbacks tell.
final class Inbox<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { elements.withLock { $0 } }
    var count: Int { elements.withLock { $0.count } }

    func add(_ element: Element) {
        elements.withLock { $0.append(element) }
    }
}
