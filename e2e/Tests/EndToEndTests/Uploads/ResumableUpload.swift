import AsyncHTTPClient
import Foundation
import NIOHTTP1
import NIOCore
import PlatformTesting
import Testing

/// A tus 1.0.0 client that loses its connection wherever a test wants.
struct ResumableUpload: ContinuedUpload {
    let person: Person
    let bytes: [UInt8]
    let address: String

    struct Cut: Error {}

    /// A reply that is lost is asked for again under the same key: there is one upload, however often.
    static func create(
        _ bytes: [UInt8], by person: Person, visibility: String, title: String = "e2e"
    ) async throws -> ResumableUpload {
        let metadata = ["filename": "film.mp4", "filetype": "video/mp4", "title": title, "visibility": visibility]
            .map { "\($0) \(Data($1.utf8).base64EncodedString())" }.joined(separator: ",")
        let created = try await person.api.insist(
            .POST, "/v1/uploads",
            headers: [
                ("Tus-Resumable", "1.0.0"), ("Upload-Length", "\(bytes.count)"), ("Upload-Metadata", metadata),
                ("Idempotency-Key", UUID().uuidString),
            ])
        try #require(created.status == 201)
        let location = try #require(created.headers.first(name: "Location"))
        return ResumableUpload(person: person, bytes: bytes, address: location)
    }

    func state() async throws -> (offset: Int, video: String?) {
        let answer = try await person.api.insist(.HEAD, address, headers: [("Tus-Resumable", "1.0.0")])
        try #require(answer.status == 200)
        return (
            try #require(answer.headers.first(name: "Upload-Offset").flatMap { Int($0) }),
            answer.headers.first(name: "Video-Id")
        )
    }

    func append(from start: Int, _ body: HTTPClientRequest.Body, isLast: Bool) async throws -> Answer {
        try await patch(from: start, body)
    }

    /// How much the server has, by its own word.
    func offset() async throws -> Int {
        let answer = try await person.api.call(.HEAD, address, headers: [("Tus-Resumable", "1.0.0")])
        try #require(answer.status == 200 || answer.status == 204)
        return try #require(answer.headers.first(name: "Upload-Offset").flatMap { Int($0) })
    }

    /// Announces the rest and breaks the connection after `count` bytes of it.
    func sendAndBreak(after count: Int) async throws {
        let start = try await offset()
        let pieces = AsyncThrowingStream<ByteBuffer, any Error> { pieces in
            pieces.yield(ByteBuffer(bytes: bytes[start..<start + count]))
            pieces.finish(throwing: Cut())
        }
        await #expect(throws: (any Error).self) {
            try await patch(from: start, .stream(pieces, length: .known(Int64(bytes.count - start))))
        }
    }

    /// Sends the rest; the id of the video comes with the last byte. A 409 means that bytes of a broken request were
    /// still being stored when the offset was asked for: asking again is the protocol's answer.
    func finish() async throws -> String {
        try await eventually("the upload is complete") { () async throws -> String? in
            let start = try await offset()
            let answer = try await patch(from: start, .bytes(ByteBuffer(bytes: bytes[start...])))
            if answer.status == 409 { return nil }
            try #require(answer.status == 204)
            let video: String = try #require(answer.headers.first(name: "Video-Id"))
            return video
        }
    }

    @discardableResult
    func patch(from start: Int, _ body: HTTPClientRequest.Body) async throws -> Answer {
        try await person.api.call(
            .PATCH, address,
            headers: [
                ("Tus-Resumable", "1.0.0"), ("Upload-Offset", "\(start)"),
                ("Content-Type", "application/offset+octet-stream"),
            ], body: body)
    }
}
