import Postgres
import Synchronization

/// Two clients of one database: what one sends does not queue behind what the other waits for.
func replicas(_ body: (PostgresClient, PostgresClient) async throws -> Void) async throws {
    let database = try await TestDatabase()
    let other = PostgresClient(PostgresConfiguration(connectionString: database.url))
    do {
        try await body(database.client, other)
    } catch {
        await other.close()
        await database.client.close()
        throw error
    }
    await other.close()
    await database.client.close()
}

/// Begins `work`, and returns when it waits for a lock, as `others` do already; when it is done it did not wait, and its
/// result tells.
func second<Value: Sendable>(
    in database: PostgresClient, besides others: Int = 0, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Task<Value, any Error> {
    let isDone = Flag()
    let task = Task {
        defer { isDone.set() }
        return try await work()
    }
    while try await database.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).count <= others, !isDone.isSet { await Task.yield() }
    return task
}

final class Flag: Sendable {
    private let state = Atomic(false)
    var isSet: Bool { state.load(ordering: .acquiring) }

    func set() {
        state.store(true, ordering: .releasing)
    }
}
