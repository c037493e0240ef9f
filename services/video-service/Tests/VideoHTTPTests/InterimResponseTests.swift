import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import VideoHTTP

/// `104 (Upload Resumption Supported)`, which clients of the tests' library never see: by hand.
@Suite("Interim responses", .serialized)
struct InterimResponseTests {
    let user = UUID()

    private func head(_ method: String, _ path: String, _ service: TestVideoService, _ fields: String) throws -> String
    {
        """
        \(method) \(path) HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer \(try service.issuer.token(for: user))\r
        \(fields.split(separator: "\n").joined(separator: "\r\n"))\r\n\r\n
        """
    }

    @Test(arguments: [3, 5, 6, 7, 8])
    func `who names the version is told where the upload is before its bytes came`(_ version: Int) async throws {
        let service = try await TestVideoService.onDatabase()
        let complete = version == 3 ? "Upload-Incomplete: ?0" : "Upload-Complete: ?1"
        let head = try head(
            "POST", "/v1/uploads", service,
            "\(complete)\nUpload-Draft-Interop-Version: \(version)\nContent-Length: 10\nContent-Type: video/mp4")
        try await service.serve { api in
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send(head + "hello")
            let interim = await connection.read(until: "\r\n\r\n")
            #expect(interim.hasPrefix("HTTP/1.1 104 Upload Resumption Supported\r\n"))
            let lower = interim.lowercased()
            #expect(lower.contains("upload-draft-interop-version: \(version)\r\n"))
            #expect(lower.contains("upload-limit: ") == (version >= 6))
            let path = try #require(lower.firstMatch(of: /location: (\/v1\/uploads\/[0-9a-f-]+)\r\n/)?.1)
            // The connection breaks: what came is there, and the rest is sent by another request.
            await connection.cut()
            try await until("the cut request has ended") {
                try await api.draft(.head, String(path), as: user).headers[.uploadOffset] == "5"
            }
            let last = try await api.draft(.patch, String(path), as: user, at: 5, complete: true, "world")
            #expect(last.status == .ok && last.headers[.videoID] != nil)
        }
    }

    @Test func `the answer follows what was told before it, on a connection that goes on`() async throws {
        let service = try await TestVideoService.onDatabase()
        let head = try head(
            "POST", "/v1/uploads", service,
            "Upload-Complete: ?1\nUpload-Draft-Interop-Version: 8\nContent-Length: 5\nExpect: 100-continue")
        try await service.serve { api in
            let connection = try RawConnection(port: try #require(api.client.port))
            for _ in 0..<2 {
                await connection.send(head)
                let interim = await connection.read(until: "upload-draft-interop-version: 8\r\n\r\n")
                #expect(interim.hasPrefix("HTTP/1.1 100 ") && interim.contains("\r\n\r\nHTTP/1.1 104 "))
                await connection.send("hello")
                let answer = await connection.read(until: "\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 201 ") && answer.lowercased().contains("upload-complete: ?1"))
            }
            await connection.cut()
        }
    }

    @Test func `who names none, or another one, is told nothing before the answer`() async throws {
        let service = try await TestVideoService.onDatabase()
        for (field, status) in [("X-Any: 1", "201"), ("Upload-Draft-Interop-Version: 9", "400")] {
            let head = try head(
                "POST", "/v1/uploads", service, "Upload-Complete: ?1\nContent-Length: 5\n\(field)")
            try await service.serve { api in
                let connection = try RawConnection(port: try #require(api.client.port))
                await connection.send(head + "hello")
                #expect(await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 \(status) "))
                await connection.cut()
            }
        }
    }

    @Test func `progress is told while bytes come`() async throws {
        let service = try await TestVideoService.onDatabase()
        let size = 70 << 20
        let post = try head(
            "POST", "/v1/uploads", service, "Upload-Complete: ?0\nContent-Length: 0\nUpload-Length: \(size)")
        let patch = { @Sendable (path: String) in
            try head(
                "PATCH", path, service,
                """
                Upload-Complete: ?1\nUpload-Offset: 0\nUpload-Draft-Interop-Version: 8\nContent-Length: \(size)
                Content-Type: application/partial-upload
                """)
        }
        try await service.serve { api in
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send(post)
            let made = await connection.read(until: "\r\n\r\n")
            let path = try #require(made.lowercased().firstMatch(of: /location: (\/v1\/uploads\/[0-9a-f-]+)\r\n/)?.1)
            await connection.send(try patch(String(path)))
            await connection.send([UInt8](repeating: 7, count: size))
            let interim = await connection.read(until: "\r\n\r\n").lowercased()
            #expect(interim.hasPrefix("http/1.1 104 ") && interim.contains("upload-offset: "))
            #expect(!interim.contains("location:"))
            await connection.cut()
        }
    }

    @Test func `bytes beyond the length end an upload whose body had none`() async throws {
        let service = try await TestVideoService.onDatabase()
        let user = user
        let chunked = { @Sendable (path: String) in
            try head(
                "PATCH", path, service,
                """
                Upload-Complete: ?0\nUpload-Offset: 0\nTransfer-Encoding: chunked\nContent-Type: application/partial-upload
                Connection: close
                """) + "6\r\nhello!\r\n0\r\n\r\n"
        }
        try await service.serve { api in
            let begun = try await api.draft(.post, "/v1/uploads", as: user, complete: false, [.uploadLength: "5"])
            let path = try #require(begun.headers[.location])
            let connection = try RawConnection(port: try #require(api.client.port))
            await connection.send(try chunked(path))
            #expect(await connection.read().hasPrefix("HTTP/1.1 413"))
            await connection.cut()
            #expect(try await api.draft(.head, path, as: user).status == .notFound)
        }
    }
}
