import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

/// An upload that goes on wherever the server says it is, in whatever protocol.
protocol ContinuedUpload: Sendable {
    var bytes: [UInt8] { get }

    /// How much the server has, by its own word, and the video once it has all.
    func state() async throws -> (offset: Int, video: String?)

    /// Sends what follows `start`; `isLast` when the film ends with it.
    func append(from start: Int, _ body: HTTPClientRequest.Body, isLast: Bool) async throws -> Answer
}

/// How a client loses its connection.
private struct Cut: Error {}

extension ContinuedUpload {
    /// Sends piece after piece through whatever happens, and returns the id of the video once every byte is stored. What was
    /// acknowledged once, by whatever answer, is never asked for again.
    ///
    /// - Parameter breaking: each piece is the beginning of all the rest, and the connection breaks after it.
    func insist(piece: Int, breaking: Bool = false) async throws -> String {
        var acknowledged = 0
        return try await eventually("the upload is complete", within: .seconds(150)) { () async throws -> String? in
            while true {
                let (start, video) = try await state()
                #expect(start >= acknowledged, "what was acknowledged is lost")
                acknowledged = max(start, acknowledged)
                if start == bytes.count, let video { return video }
                let end = min(start + piece, bytes.count)
                let body: HTTPClientRequest.Body =
                    breaking ? rest(from: start, until: end) : .bytes(ByteBuffer(bytes: bytes[start..<end]))
                let answer = try await append(from: start, body, isLast: breaking || end == bytes.count)
                if answer.status == 503 || answer.status == 409 || answer.status == 423 { return nil }
                try #require(answer.status == 204 || answer.status == 200, "status \(answer.status)")
                acknowledged = answer.headers.first(name: "Upload-Offset").flatMap { Int($0) } ?? acknowledged
            }
        }
    }

    /// Announces all bytes from `start` and breaks off before `end`, unless that is the last one.
    private func rest(from start: Int, until end: Int) -> HTTPClientRequest.Body {
        let pieces = AsyncThrowingStream<ByteBuffer, any Error> { pieces in
            pieces.yield(ByteBuffer(bytes: bytes[start..<end]))
            pieces.finish(throwing: end == bytes.count ? nil : Cut())
        }
        return .stream(pieces, length: .known(Int64(bytes.count - start)))
    }
}
