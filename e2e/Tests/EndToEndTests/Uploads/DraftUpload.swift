import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

/// A client of draft-ietf-httpbis-resumable-upload, interop version 8, that goes on at any replica.
///
/// It begins carefully, without a byte, as no interim response is told it behind the gateway.
struct DraftUpload: ContinuedUpload {
    let person: Person
    let bytes: [UInt8]
    let address: String

    private static let version = ("Upload-Draft-Interop-Version", "8")

    struct Cut: Error {}

    static func create(_ bytes: [UInt8], by person: Person, title: String = "e2e") async throws -> DraftUpload {
        let created = try await person.api.insist(
            .POST, "/v1/uploads",
            headers: [
                version, ("Upload-Complete", "?0"), ("Content-Type", "video/mp4"),
                ("Idempotency-Key", UUID().uuidString),
                ("Content-Disposition", "inline; filename=\"\(title).mp4\""),
            ])
        try #require(created.status == 201)
        #expect(created.headers.first(name: "Upload-Complete") == "?0")
        return DraftUpload(
            person: person, bytes: bytes, address: try #require(created.headers.first(name: "Location")))
    }

    /// The same upload, asked for at one replica, past the gateway.
    func at(_ base: String) -> DraftUpload { DraftUpload(person: person.at(base), bytes: bytes, address: address) }

    /// How much the server has, by its own word.
    func offset() async throws -> Int { try await state().offset }

    func state() async throws -> (offset: Int, video: String?) {
        let answer = try await person.api.insist(.HEAD, address, headers: [Self.version])
        try #require(answer.status == 204)
        return (
            try #require(answer.headers.first(name: "Upload-Offset").flatMap { Int($0) }),
            answer.headers.first(name: "Video-Id")
        )
    }

    /// Announces the rest and breaks the connection after `count` bytes of it.
    func sendAndBreak(after count: Int) async throws {
        let start = try await offset()
        let pieces = AsyncThrowingStream<ByteBuffer, any Error> { pieces in
            pieces.yield(ByteBuffer(bytes: bytes[start..<start + count]))
            pieces.finish(throwing: Cut())
        }
        await #expect(throws: (any Error).self) {
            try await append(from: start, .stream(pieces, length: .known(Int64(bytes.count - start))), isLast: true)
        }
    }

    /// Sends `count` bytes as a piece of its own; returns where the upload is then.
    func sendPiece(of count: Int) async throws -> Int {
        try await eventually("a piece is taken") {
            let start = try await offset()
            let answer = try await append(
                from: start, .bytes(ByteBuffer(bytes: bytes[start..<start + count])), isLast: false)
            if answer.status == 409 || answer.status == 503 { return nil }
            try #require(answer.status == 204)
            #expect(answer.headers.first(name: "Upload-Complete") == "?0")
            return answer.headers.first(name: "Upload-Offset").flatMap { Int($0) }
        }
    }

    /// Sends the rest; the id of the video comes with the last byte.
    func finish() async throws -> String {
        try await eventually("the upload is complete", within: .seconds(60)) { () async throws -> String? in
            let start = try await offset()
            let answer = try await append(from: start, .bytes(ByteBuffer(bytes: bytes[start...])), isLast: true)
            if answer.status == 409 || answer.status == 503 { return nil }
            try #require(answer.status == 200)
            #expect(answer.headers.first(name: "Upload-Complete") == "?1")
            return answer.headers.first(name: "Video-Id")
        }
    }

    func append(from start: Int, _ body: HTTPClientRequest.Body, isLast: Bool) async throws -> Answer {
        try await person.api.call(
            .PATCH, address,
            headers: [
                Self.version, ("Upload-Offset", "\(start)"), ("Upload-Complete", isLast ? "?1" : "?0"),
                ("Content-Type", "application/partial-upload"),
            ], body: body)
    }
}

extension EndToEnd {
    @Suite("Uploads by the IETF's draft")
    struct DraftUploadTests {
        @Test func `an upload goes on at another replica when the one that wrote it is killed`() async throws {
            let person = try await Person.signUp("draft")
            let film = Film.beginning((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
            let upload = try await DraftUpload.create(film, by: person)
            let replicas = Platform.videoPorts.map { upload.at("http://127.0.0.1:\($0)") }
            #expect(try await replicas[0].sendPiece(of: 500_000) == 500_000)
            #expect(try await replicas[1].sendPiece(of: 500_000) == 1_000_000)
            try await replicas[0].sendAndBreak(after: 300_000)
            try await Platform.kill(.video)
            let video = try await replicas[1].finish()
            try await Platform.start(.video)
            #expect(try await person.film(video) == film)
        }

        @Test func `the gateway lets the answer through that follows an interim one`() async throws {
            let person = try await Person.signUp("interim")
            let answer = try await person.api.call(
                .POST, "/v1/uploads",
                headers: [
                    ("Upload-Draft-Interop-Version", "8"), ("Upload-Complete", "?1"), ("Content-Type", "video/mp4"),
                ], body: .bytes(ByteBuffer(string: "hello")))
            #expect(answer.status == 201 && answer.headers.first(name: "Upload-Complete") == "?1")
            #expect(answer.headers.first(name: "Video-Id") != nil)
        }
    }
}
