import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import IdentityEvents
import NIOCore
import PlatformTesting
import Testing

@testable import VideoHTTP

/// What becomes of uploads that run when user-service tells of their owners, over raw connections.
@Suite("Uploads of those who may not any more", .serialized, .timeLimit(.minutes(2)))
struct RevokedUploadTests {
    let user = UUID()
    let bytes = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) })

    /// The head of a request whose body may take its time.
    private static func head(
        _ api: TestClient, _ method: String, _ path: String, as user: UUID, _ fields: String
    ) throws -> String {
        """
        \(method) \(path) HTTP/1.1\r\nHost: test\r\nTus-Resumable: 1.0.0\r
        Authorization: Bearer \(try api.token(user))\r\nContent-Type: application/offset+octet-stream\r
        \(fields)\r\n\r\n
        """
    }

    /// An upload with 100,000 bytes that counted, and a request that has sent 50,000 more of those that are left.
    private static func begin(
        _ service: TestVideoService, _ api: TestClient, _ bytes: Data, as user: UUID
    ) async throws -> (upload: String, connection: RawConnection) {
        let upload = try #require(try await api.create(bytes.count, as: user).headers[.location])
        try await api.append(bytes.prefix(100_000), to: upload, at: 0, as: user)
        let connection = try RawConnection(port: try #require(api.client.port))
        let fields = "Upload-Offset: 100000\r\nContent-Length: \(bytes.count - 100_000)"
        await connection.send(try head(api, "PATCH", upload, as: user, fields))
        await connection.send(Array(bytes[100_000..<150_000]))
        try await service.untilWriting()
        return (upload, connection)
    }

    @Test func `one that stalls is cut at a ban, and goes on where it had counted after the ban's end`() async throws {
        let (user, bytes) = (user, bytes)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let (upload, connection) = try await Self.begin(service, api, bytes, as: user)
            service.tell(.banned, of: user, epoch: 1)
            let answer = await connection.read()
            #expect(answer.hasPrefix("HTTP/1.1 403") && answer.contains("user.banned"), "\(answer)")
            #expect(answer.lowercased().contains("connection: close") && answer.contains("Tus-Resumable: 1.0.0"))
            #expect(try await api.offset(upload, as: user).status == .forbidden)
            service.tell(.banLifted, of: user, epoch: 2)
            let back = api.later(epoch: 2)
            #expect(try await back.offset(upload, as: user).headers[.uploadOffset] == "100000")
            let last = try await back.append(bytes.dropFirst(100_000), to: upload, at: 100_000, as: user)
            let video = try #require(last.headers[.videoID])
            #expect(try await api.send(.get, back.link(video, as: user), as: nil).body == bytes)
        }
    }

    @Test func `the end of the session cuts one, and that of another session does not`() async throws {
        let (user, bytes) = (user, bytes)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let (upload, connection) = try await Self.begin(service, api, bytes, as: user)
            let elsewhere = api.later()
            service.tell(.sessionEnded, of: user, session: elsewhere.session)
            service.tell(.banned, of: UUID(), epoch: 1)
            await connection.send(Array(bytes[150_000...]))
            #expect(await connection.read(until: "Video-Id: ").hasPrefix("HTTP/1.1 204"))
            let (second, other) = try await Self.begin(service, api, bytes, as: user)
            service.tell(.sessionEnded, of: user, session: api.session)
            let answer = await other.read()
            #expect(answer.hasPrefix("HTTP/1.1 401") && answer.contains("WWW-Authenticate"), "\(answer)")
            let fresh = api.later()
            #expect(try await fresh.offset(second, as: user).headers[.uploadOffset] == "100000")
            #expect(try await fresh.offset(upload, as: user).headers[.videoID] != nil)
        }
    }

    @Test func `one that never stops sending is cut as well`() async throws {
        let user = user
        let service = try await TestVideoService.onDatabase(["MAX_UPLOAD_BYTES": "4000000000"])
        try await service.serve { api in
            // Far more than a slow machine takes until somebody there hears of the ban.
            let size = 4_000_000_000
            let upload = try #require(try await api.create(size, as: user).headers[.location])
            let connection = try RawConnection(port: try #require(api.client.port))
            let fields = "Upload-Offset: 0\r\nContent-Length: \(size)"
            await connection.send(try Self.head(api, "PATCH", upload, as: user, fields))
            await connection.send([UInt8](repeating: 0, count: 100_000))
            try await service.untilWriting()
            service.tell(.banned, of: user, epoch: 1)
            #expect(await connection.offer(bytes: size - 100_000) < size - 100_000)
            try await until("the connection is closed") { !(await connection.isOpen) }
            service.tell(.banLifted, of: user, epoch: 2)
            let left = try await api.later(epoch: 2).offset(upload, as: user)
            #expect(left.headers[.uploadOffset] == "0" && left.headers[.videoID] == nil)
        }
    }

    @Test func `a creation that sends its first bytes is cut, and leaves no upload`() async throws {
        let (user, bytes) = (user, bytes)
        let service = try await TestVideoService.onDatabase()
        try await service.serve { api in
            let connection = try RawConnection(port: try #require(api.client.port))
            let fields = "Upload-Length: \(bytes.count)\r\nContent-Length: \(bytes.count)"
            await connection.send(try Self.head(api, "POST", "/v1/uploads", as: user, fields))
            await connection.send(Array(bytes.prefix(100_000)))
            try await service.untilWriting()
            service.tell(.banned, of: user, epoch: 1)
            let answer = await connection.read()
            #expect(answer.hasPrefix("HTTP/1.1 403") && answer.contains("user.banned"), "\(answer)")
            service.tell(.banLifted, of: user, epoch: 2)
            #expect(try await api.later(epoch: 2).send(.get, "/v1/uploads", as: user).ids == [])
        }
    }
}
