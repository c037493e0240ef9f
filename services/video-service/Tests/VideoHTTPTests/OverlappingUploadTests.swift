import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Postgres
import Testing
import VideoDomain
import VideoHTTP
import VideoServer

/// Two who write to one upload, and a writer or a database that dies.
@Suite("Uploads that are written to from two sides", .serialized)
struct OverlappingUploadTests {
    @Test func `a replica goes on with what another one that died was writing`() async throws {
        let (user, url) = (UUID(), try await TestVideoService.database())
        let service = try TestVideoService(databaseURL: url)
        try await service.serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            let id = try #require(UUID(uuidString: String(path.dropFirst("/v1/uploads/".count))))
            // As a process leaves it that was killed right after it renewed its lease.
            let database = PostgresClient(PostgresConfiguration(connectionString: url))
            let life = service.config.limits.leaseLife / .seconds(1)
            try await database.execute(
                """
                UPDATE uploads SET lease_token = gen_random_uuid(),
                    lease_until = clock_timestamp() + make_interval(secs => \(life)) WHERE id = \(id)
                """)
            #expect(life < 2)
            let sent = try await api.append(Data("helloworld".utf8), to: path, at: 0, as: user)
            #expect(sent.status == .noContent && sent.headers[.videoID] != nil)
            await database.close()
        }
    }

    @Test func `whoever waits for a turn is told when it is given back, at any replica`() async throws {
        let (user, url) = (UUID(), try await TestVideoService.database())
        let service = try TestVideoService(databaseURL: url)
        try await service.serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            let id = try #require(UUID(uuidString: String(path.dropFirst("/v1/uploads/".count))))
            let database = PostgresClient(PostgresConfiguration(connectionString: url))
            try await database.execute(
                """
                UPDATE uploads SET lease_token = gen_random_uuid(), lease_until = clock_timestamp() + interval '1 hour'
                WHERE id = \(id)
                """)
            async let sending = api.append(Data("helloworld".utf8), to: path, at: 0, as: user)
            try await until("somebody listens") {
                try await database.first(
                    "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()") != nil
            }
            try await database.execute("UPDATE uploads SET lease_until = NULL WHERE id = \(id)")
            try await database.execute("SELECT pg_notify('uploads_released', \(id.lowercased))")
            #expect(try await sending.headers[.videoID] != nil)
            await database.close()
        }
    }

    @Test func `of two clients that send the same stretch one gets through`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let path = try #require(try await api.create(300_000, as: user).headers[.location])
            let bytes = [UInt8](repeating: 1, count: 300_000)
            let answers = try await withThrowingTaskGroup(of: ServiceAnswer.self) { group in
                for byte in 1...4 as ClosedRange<UInt8> {
                    group.addTask {
                        try await api.append(
                            Data(repeating: byte, count: 200_000 + Int(byte)), to: path, at: 0, as: user)
                    }
                }
                return try await group.reduce(into: [ServiceAnswer]()) { $0.append($1) }
            }
            let winners = answers.filter { $0.status == .noContent }
            let end = try #require(winners.first?.headers[.uploadOffset].flatMap { Int($0) })
            #expect(winners.count == 1 && answers.allSatisfy { $0.status == .noContent || $0.status == .conflict })
            let rest = try await api.append(Data(bytes.dropFirst(end)), to: path, at: end, as: user)
            let video = try #require(rest.headers[.videoID])
            let body = try await api.send(.get, api.link(video, as: user), as: nil).body
            let winner = UInt8(end - 200_000)
            #expect(body == Data(repeating: winner, count: end) + Data(bytes.dropFirst(end)))
        }
    }

    @Test func `a database killed between the last byte and its note loses neither`() async throws {
        let user = UUID()
        let server = try await TestPostgres.start()
        let url = try await server.createDatabase()
        try await TestVideoService.migrate(url)
        let service = try TestVideoService(databaseURL: url)
        let bytes = Data((0..<100_000).map { UInt8(65 + $0 % 61 % 26) })
        try await service.serve { api in
            let path = try #require(try await api.create(bytes.count, as: user).headers[.location])
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send(
                """
                PATCH \(path) HTTP/1.1\r\nHost: test\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r
                Authorization: Bearer \(try service.issuer.token(for: user))\r\nContent-Length: \(bytes.count)\r
                Content-Type: application/offset+octet-stream\r\n\r\n
                """)
            try await service.untilWriting()
            try await server.stop()
            await connection.send(Array(bytes))
            try await server.start()
            // Whether its note outlasts the outage or is lost with it: nothing is told that is not so.
            let video = try await eventually("the upload is complete") { () async throws -> String? in
                let asked = try await api.offset(path, as: user)
                guard let start = asked.headers[.uploadOffset].flatMap({ Int($0) }) else { return nil }
                return try await api.append(bytes.dropFirst(start), to: path, at: start, as: user).headers[.videoID]
            }
            await connection.cut()
            #expect(try await api.send(.get, api.link(video, as: user), as: nil).body == bytes)
        }
    }

    @Test func `longer, shorter and skipping bodies change nothing that was received`() async throws {
        let user = UUID()
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let path = try #require(try await api.create(10, as: user).headers[.location])
            try await api.append(Data("hello".utf8), to: path, at: 0, as: user)
            #expect(try await api.append(Data("world!".utf8), to: path, at: 5, as: user).status == .contentTooLarge)
            for offset in [0, 4, 6, 10, 1_000] {
                #expect(try await api.append(Data("x".utf8), to: path, at: offset, as: user).status == .conflict)
            }
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send(
                """
                PATCH \(path) HTTP/1.1\r\nHost: test\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 5\r
                Authorization: Bearer \(try service.issuer.token(for: user))\r\nContent-Length: 5\r
                Content-Type: application/offset+octet-stream\r\n\r\nwo
                """)
            try await service.untilWriting()
            await connection.cut()
            try await until("the cut request has ended") {
                try await api.offset(path, as: user).headers[.uploadOffset] == "7"
            }
            let last = try await api.append(Data("rld".utf8), to: path, at: 7, as: user)
            let video = try #require(last.headers[.videoID])
            #expect(try await api.send(.get, api.link(video, as: user), as: nil).body == Data("helloworld".utf8))
        }
    }

    @Test func `ten thousand values and control characters are refused or kept as they are`() async throws {
        let user = UUID()
        try await TestVideoService.onDatabase().serve { api in
            let many = (0..<2_000).map { "k\($0) eA==" }.joined(separator: ",")
            let created = try await api.send(
                .post, "/v1/uploads", as: user,
                headers: [.tusResumable: "1.0.0", .uploadLength: "5", .uploadMetadata: many])
            #expect(created.status == .created)
            for text in ["a\u{0}b", "a\u{1B}[2Jb", "\u{202E}evil", "a\nb", "\u{2028}"] {
                let refused = try await api.create(5, as: user, ["title": text])
                #expect(refused.status == .badRequest && refused.pointers == ["#upload-metadata/title"], "\(text)")
            }
            let huge = (0..<10_000).map { "k\($0) eA==" }.joined(separator: ",")
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send(
                """
                POST /v1/uploads HTTP/1.1\r\nHost: test\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 5\r
                Upload-Metadata: \(huge)\r\n\r\n
                """)
            #expect(await connection.read().hasPrefix("HTTP/1.1 431"))
            await connection.cut()
        }
    }
}
