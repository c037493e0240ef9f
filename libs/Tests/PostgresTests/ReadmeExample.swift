import Foundation
import Logging
import Postgres

// The page in Sources/Postgres/README.md, from the next line to the end.
struct Room {
    var id: UUID
    var name: String
    var createdAt: Date
}

struct RoomStore {
    let database: PostgresClient

    /// Connects when the first statement comes. Several hosts, TLS and everything else libpq knows go into the string.
    init(url: String, logger: Logger) {
        var configuration = PostgresConfiguration(connectionString: url)
        configuration.applicationName = "rooms"
        configuration.callTimeout = .seconds(5)
        database = PostgresClient(configuration, logger: logger)
    }

    /// Files `0001_rooms.sql`, ... in order, once each, whichever replica comes first.
    func prepare(from directory: URL, logger: Logger) async throws {
        try await PostgresMigrations(directory: directory).apply(on: database, logger: logger)
    }

    /// Values in the literal become binds. Many tasks may do this at once: their statements share connections.
    func add(_ room: Room) async throws -> Bool {
        do {
            try await database.execute(
                "INSERT INTO rooms (id, name, created_at) VALUES (\(room.id), \(room.name), \(room.createdAt))")
            return true
        } catch let error as PostgresError where error.isUniqueViolation {
            return false
        }
    }

    /// Rows are decoded by place into a tuple. Fragments carry their binds along.
    func newest(_ count: Int, named prefix: String?) async throws -> [Room] {
        let filter: SQL = if let prefix { "WHERE starts_with(name, \(prefix))" } else { "" }
        let rows = try await database.query(
            "SELECT id, name, created_at FROM rooms \(sql: filter) ORDER BY created_at DESC LIMIT \(count)",
            timeout: .seconds(1))
        return try rows.map { row in
            let (id, name, createdAt) = try row.decode((UUID, String, Date).self)
            return Room(id: id, name: name, createdAt: createdAt)
        }
    }

    /// A connection of its own; what is thrown rolls back. Where it can collide with others, the caller repeats it.
    func swapNames(_ first: UUID, _ second: UUID) async throws {
        try await database.transaction(isolation: .serializable) { transaction in
            let rows = try await transaction.query(
                "SELECT id, name FROM rooms WHERE id = ANY(\([first, second])) ORDER BY id FOR UPDATE")
            let names = try rows.decode((UUID, String).self)
            guard names.count == 2 else { throw CancellationError() }
            for (id, name) in [(names[0].0, names[1].1), (names[1].0, names[0].1)] {
                try await transaction.execute("UPDATE rooms SET name = \(name) WHERE id = \(id)")
            }
            try await transaction.query("SELECT pg_notify('rooms', \("swapped")::text)")
        }
    }

    /// Tells of changes, also those of other processes. `.listening` comes first, and again after every gap.
    func changes() -> AsyncStream<PostgresNotification> {
        database.notifications(on: "rooms")
    }

    /// In batches, by one replica at a time; nil when another is at it.
    func forget(before date: Date) async throws -> Int? {
        try await database.sweep("rooms.old") { transaction, batch in
            try await transaction.execute(
                "DELETE FROM rooms WHERE id IN (SELECT id FROM rooms WHERE created_at < \(date) LIMIT \(batch))")
        }
    }
}
