import DataExports
import DomainKit
import Foundation
import IdentityEvents
import Logging
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// Exports from their first piece to their end.
/// One after the other, as each has a database and the server has room for so many connections.
@Suite(.serialized) struct DataExportTests {
    func piece(_ text: String = "[]", then place: String? = nil) -> ExportPiece {
        ExportPiece(kind: "things", content: Data(text.utf8), place: place)
    }

    func begin(_ database: PostgresClient) async throws -> (PostgresDataExports, User, DataExportID) {
        let user = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
        let store = PostgresDataExports(database: database)
        let id = try await begin(of: user, in: store)
        return (store, user, try #require(id))
    }

    func begin(_ id: UUID = UUID(), of user: User, in store: PostgresDataExports) async throws -> DataExportID? {
        try await store.begin(
            DataExportID(id), of: user.id, in: nil, on: Device(userAgent: "test/1.0", address: "192.0.2.1"))?.id
    }

    @Test func `pieces are taken in their order and once, whoever gives them`() async throws {
        try await TestDatabase.with { database in
            let (store, user, id) = try await begin(database)
            let task = ExportTask(id: id.uuid, userID: user.id.uuid, next: 0, place: nil)
            #expect(try await store.tasks(of: "chat-service") == [task])
            try await store.take(piece("late"), number: 1, of: id, from: "chat-service")
            #expect(try await store.tasks(of: "chat-service") == [task])
            try await withThrowingTaskGroup { group in
                for index in 0..<5 {
                    group.addTask {
                        try await store.take(piece("[\(index)]", then: "b"), number: 0, of: id, from: "chat-service")
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.tasks(of: "chat-service").map(\.next) == [1])
            try await store.take(piece("[]\n"), number: 1, of: id, from: "chat-service")
            #expect(try await store.tasks(of: "chat-service").isEmpty)
            #expect(try await store.files(of: id, of: user.id) == nil)
            for service in ["user-service", "video-service"] {
                try await store.take(piece("[\"花\"]"), number: 0, of: id, from: service)
            }
            #expect(try await store.export(id, of: user.id)?.state == .ready)
            let files = try #require(try await store.files(of: id, of: user.id))
            #expect(files.map(\.number) == [0, 0, 0], "what is empty is no file, but where it is all there is")
            #expect(try await store.content(of: files[2], in: id, range: 1..<4) == Data("\"花".utf8.prefix(3)))
            let late = await #expect(throws: Failure.self) {
                try await store.take(piece(), number: 9, of: id, from: "chat-service")
            }
            #expect(late?.code == "user.export-not-found")
        }
    }

    func count(_ table: SQL, in database: PostgresClient) async throws -> Int? {
        try await database.first("SELECT count(*) FROM \(sql: table)")?.decode(Int.self)
    }

    @Test func `an export that is not ready in time has failed for good, and says why`() async throws {
        try await TestDatabase.with { database in
            let (store, user, id) = try await begin(database)
            for service in ["user-service", "video-service"] {
                try await store.take(piece(), number: 0, of: id, from: service)
            }
            try await store.take(piece(then: "b"), number: 0, of: id, from: "chat-service")
            try await database.execute("UPDATE data_exports SET fails_at = now()")
            let failed = try await store.export(id, of: user.id)
            #expect(failed?.state == .failed && failed?.reason == .outOfTime)
            #expect(try await store.tasks(of: "chat-service").isEmpty)
            await #expect(throws: Failure.self) {
                try await store.take(piece(), number: 1, of: id, from: "chat-service")
            }
            #expect(try await store.export(id, of: user.id)?.state == .failed, "the last piece came too late")
            #expect(try await store.files(of: id, of: user.id) == nil)
            _ = await Sweeper(database: database, logger: Logger(label: "test")).sweep()
            #expect(try await count("data_export_files", in: database) == 0, "what came of it goes at once")
            #expect(try await store.export(id, of: user.id)?.state == .failed)
        }
    }

    @Test func `a new export takes the place of the former one`() async throws {
        try await TestDatabase.with { database in
            let (store, user, id) = try await begin(database)
            for service in DataExport.services { try await store.take(piece(), number: 0, of: id, from: service) }
            try await database.execute("UPDATE data_exports SET created_at = now() - interval '25 hours'")
            let next = try #require(try await begin(of: user, in: store))
            #expect(next != id)
            #expect(try await store.export(id, of: user.id) == nil)
            #expect(try await store.tasks(of: "chat-service").map(\.id) == [next.uuid])
            _ = await Sweeper(database: database, logger: Logger(label: "test")).sweep()
            #expect(try await count("data_exports", in: database) == 1)
        }
    }

    @Test func `exports of which a service can give nothing keep no others from it`() async throws {
        try await TestDatabase.with { database in
            let (store, _, _) = try await begin(database)
            for _ in 0..<PostgresDataExports.page {
                let accounts = PostgresAccounts(database: database)
                let other = try await accounts.insert(.sample(), hash: PasswordHash(phc: "$1"))
                _ = try await begin(of: other, in: store)
            }
            var seen: Set<UUID> = []
            for _ in 0..<200 where seen.count <= PostgresDataExports.page {
                seen.formUnion(try await store.tasks(of: "chat-service").map(\.id))
            }
            #expect(seen.count == PostgresDataExports.page + 1)
        }
    }

    @Test func `nothing is given of an erased account, also while pieces come in`() async throws {
        try await TestDatabase.with { database in
            let erasures = PostgresErasures(database: database, logger: Logger(label: "test"))
            for round in 0..<5 {
                let (store, user, id) = try await begin(database)
                for service in ["user-service", "video-service"] {
                    try await store.take(piece(), number: 0, of: id, from: service)
                }
                try await database.execute(
                    """
                    INSERT INTO pending_erasures (user_id, erase_at) VALUES (\(user.id.uuid), now() - interval '1 second')
                    """)
                let giving = Task {
                    for number in 0..<100 {
                        try await store.take(piece(then: "b"), number: number, of: id, from: "chat-service")
                    }
                }
                while try await erasures.eraseDue(most: 9) == 0 {}
                await #expect(throws: Failure.self, "round \(round)") { try await giving.value }
                #expect(try await count("data_exports", in: database) == 0)
                #expect(try await count("data_export_files", in: database) == 0)
                #expect(try await begin(of: user, in: store) == nil)
            }
        }
    }

    @Test func `of two that ask at once the second one gets the first one's`() async throws {
        try await replicas { one, other in
            let user = try await PostgresAccounts(database: one).insert(.sample(), hash: PasswordHash(phc: "$1"))
            let first = UUID()
            let asking = try await one.transaction { transaction in
                _ = try await transaction.query("SELECT 1 FROM users WHERE id = \(user.id.uuid) FOR UPDATE")
                try await transaction.execute(
                    """
                    INSERT INTO data_exports (id, user_id, fails_at, expires_at)
                    VALUES (\(first), \(user.id.uuid), now() + interval '1 day', now() + interval '7 days')
                    """)
                return try await second(in: one) {
                    try await begin(of: user, in: PostgresDataExports(database: other))
                }
            }
            #expect(try await asking.value == DataExportID(first))
            #expect(try await count("data_exports", in: one) == 1)
        }
    }

    @Test func `what others ask for is nothing to one's own export`() async throws {
        try await TestDatabase.with { database in
            let (store, user, id) = try await begin(database)
            let (_, other, later) = try await begin(database)
            for service in DataExport.services {
                try await store.take(piece("[\"\(id)\"]"), number: 0, of: id, from: service)
            }
            #expect(try await begin(of: user, in: store) == id)
            #expect(try await begin(of: other, in: store) == later)
            #expect(try await store.export(id, of: user.id)?.state == .ready)
            #expect(try await store.export(later, of: other.id)?.state == .running, "others' pieces are not its own")
            #expect(try await store.tasks(of: "chat-service").map(\.id) == [later.uuid])
            try await store.take(piece("[7]"), number: 0, of: later, from: "chat-service")
            #expect(try await store.files(of: later, of: other.id) == nil)
            #expect(try await store.tasks(of: "chat-service").isEmpty, "its own piece was taken")
            for (id, user, content) in [(id, user, "[\"\(id)\"]")] {
                let files = try #require(try await store.files(of: id, of: user.id))
                for file in files {
                    let bytes = try await store.content(of: file, in: id, range: 0..<file.size)
                    #expect(bytes == Data(content.utf8))
                }
            }
        }
    }

    @Test func `files are given in the order of their pieces, each with its own content`() async throws {
        try await TestDatabase.with { database in
            let (store, user, id) = try await begin(database)
            for service in DataExport.services.sorted() {
                let task = ExportTask(id: id.uuid, userID: user.id.uuid, next: 0, place: nil)
                #expect(try await store.tasks(of: service) == [task], "others' pieces are not its own")
                for number in 0..<12 {
                    try await store.take(
                        piece("[\"\(service) \(number)\"]", then: number == 11 ? nil : "b"), number: number, of: id,
                        from: service)
                }
            }
            let files = try #require(try await store.files(of: id, of: user.id))
            #expect(files.map(\.service) == DataExport.services.sorted().flatMap { Array(repeating: $0, count: 12) })
            #expect(files.map(\.number) == (0..<3).flatMap { _ in 0..<12 })
            for file in files {
                let bytes = try await store.content(of: file, in: id, range: 0..<file.size)
                #expect(bytes == Data("[\"\(file.service) \(file.number)\"]".utf8))
                #expect(bytes.map(Checksum.crc32) == file.checksum)
            }
        }
    }

    @Test func `there is one a day, of which the owner is told once`() async throws {
        try await replicas { one, other in
            let user = try await PostgresAccounts(database: one).insert(.sample(), hash: PasswordHash(phc: "$1"))
            let stores = [PostgresDataExports(database: one), PostgresDataExports(database: other)]
            let ids = try await withThrowingTaskGroup(of: DataExportID?.self) { group in
                for index in 0..<10 { group.addTask { try await begin(of: user, in: stores[index % 2]) } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            let id = try #require(ids.first ?? nil)
            for service in DataExport.services { try await stores[0].take(piece(), number: 0, of: id, from: service) }
            #expect(try await begin(of: user, in: stores[0]) == id)
            let told = try await one.query("SELECT address FROM security_events WHERE kind = 'data_export_requested'")
            #expect(try told.decode(String.self) == ["192.0.2.0/24"])
            #expect(try await one.query("SELECT 1 FROM mails WHERE kind = 'data_export_requested'").count == 1)
            try await one.execute("UPDATE data_exports SET created_at = now() - interval '25 hours'")
            #expect(try await begin(of: user, in: stores[1]) != id)
            let nobody = try await begin(of: try .sample(), in: stores[0])
            #expect(nobody == nil)
        }
    }

    @Test func `an archive whose time is over is gone with its pieces`() async throws {
        try await TestDatabase.with { database in
            let (store, user, id) = try await begin(database)
            for service in DataExport.services { try await store.take(piece(), number: 0, of: id, from: service) }
            let file = try #require(try await store.files(of: id, of: user.id)?.first)
            try await database.execute("UPDATE data_exports SET expires_at = now()")
            #expect(try await store.export(id, of: user.id) == nil)
            #expect(try await store.files(of: id, of: user.id) == nil)
            _ = await Sweeper(database: database, logger: Logger(label: "test")).sweep()
            #expect(try await store.content(of: file, in: id, range: 0..<1) == nil)
            let next = try await begin(of: user, in: store)
            #expect(next != nil && next != id, "and another one may be asked for")
        }
    }

    @Test func `an archive is there for its days, though the time for its pieces is over`() async throws {
        try await TestDatabase.with { database in
            let (store, user, id) = try await begin(database)
            for service in DataExport.services { try await store.take(piece(), number: 0, of: id, from: service) }
            try await database.execute("UPDATE data_exports SET fails_at = now() - interval '1 day'")
            _ = await Sweeper(database: database, logger: Logger(label: "test")).sweep()
            #expect(try await store.export(id, of: user.id)?.state == .ready)
            #expect(try await store.files(of: id, of: user.id)?.count == DataExport.services.count)
            let seconds = try await database.first(
                "SELECT extract(epoch FROM expires_at - created_at)::float8 FROM data_exports")
            #expect(try seconds?.decode(Double.self) == 604_800)
        }
    }

    @Test func `nothing is taken for an export whose time is over`() async throws {
        try await TestDatabase.with { database in
            let (store, _, id) = try await begin(database)
            try await database.execute("UPDATE data_exports SET expires_at = now()")
            #expect(try await store.tasks(of: "chat-service").isEmpty)
            let late = await #expect(throws: Failure.self) {
                try await store.take(piece(), number: 0, of: id, from: "chat-service")
            }
            #expect(late?.code == "user.export-not-found")
            #expect(try await count("data_export_files", in: database) == 0)
        }
    }

    @Test func `a service that has given its last piece gives no more`() async throws {
        try await TestDatabase.with { database in
            let (store, _, id) = try await begin(database)
            for (number, place) in [(0, nil), (1, "b"), (1, nil)] as [(Int, String?)] {
                try await store.take(piece(then: place), number: number, of: id, from: "chat-service")
            }
            #expect(try await count("data_export_files", in: database) == 1)
            #expect(try await store.tasks(of: "chat-service").isEmpty)
        }
    }

    @Test func `another's export is nobody else's`() async throws {
        try await TestDatabase.with { database in
            let (store, _, id) = try await begin(database)
            for service in DataExport.services { try await store.take(piece(), number: 0, of: id, from: service) }
            let other = try await PostgresAccounts(database: database).insert(.sample(), hash: PasswordHash(phc: "$1"))
            #expect(try await store.export(id, of: other.id) == nil)
            #expect(try await store.files(of: id, of: other.id) == nil)
        }
    }

    @Test func `what is too much makes an export fail`() async throws {
        try await TestDatabase.with { database in
            let (store, user, id) = try await begin(database)
            try await database.execute("UPDATE data_exports SET bytes = \(PostgresDataExports.most)")
            try await store.take(piece(then: "b"), number: 0, of: id, from: "chat-service")
            let failed = try await store.export(id, of: user.id)
            #expect(failed?.state == .failed && failed?.reason == .tooLarge)
            #expect(try await begin(of: user, in: store) == id, "it would be too much today once more")
        }
    }
}
