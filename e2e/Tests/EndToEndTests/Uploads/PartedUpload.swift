import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// An upload whose bytes go to the object store in numbered parts, by a client that knows nothing of the store.
struct PartedUpload {
    private struct Begun: Decodable {
        let uploadId: String
        let videoId: String
        let partSize: Int
        let partCount: Int
    }

    private struct Links: Decodable {
        struct Link: Decodable {
            let number: Int
            let url: String
        }

        let parts: [Link]
    }

    var person: Person
    let bytes: [UInt8]
    let path: String
    let videoID: String
    let partSize: Int
    let partCount: Int

    static func begin(_ bytes: [UInt8], by person: Person, title: String = "e2e") async throws -> PartedUpload {
        let body =
            #"{"filename":"film.mp4","content_type":"video/mp4","size":\#(bytes.count),"title":"\#(title)","visibility":"private"}"#
        let answer = try await person.api.insist(
            .POST, "/v1/uploads/multipart", headers: json + [("Idempotency-Key", UUID().uuidString)],
            body: .bytes(ByteBuffer(string: body)))
        try #require(answer.status == 201)
        let begun = try answer.decoded(as: Begun.self)
        return PartedUpload(
            person: person, bytes: bytes, path: "/v1/uploads/\(begun.uploadId)", videoID: begun.videoId,
            partSize: begun.partSize, partCount: begun.partCount)
    }

    /// The same upload at one replica, past the gateway.
    func at(_ port: Int) -> PartedUpload {
        var upload = self
        upload.person = person.at("http://127.0.0.1:\(port)")
        return upload
    }

    /// Puts all parts, the last one first; their etags by number.
    func putAll() async throws -> [String] {
        let numbers = Array(1...partCount)
        let answer = try await person.api.insist(
            .POST, path + "/parts", headers: Self.json,
            body: .bytes(ByteBuffer(string: "{\"numbers\":\(numbers)}")))
        try #require(answer.status == 200)
        var etags = [String](repeating: "", count: partCount)
        for link in try answer.decoded(as: Links.self).parts.reversed() {
            let start = (link.number - 1) * partSize
            let part = ByteBuffer(bytes: bytes[start..<min(start + partSize, bytes.count)])
            let put = try await API().insist(.PUT, link.url, body: .bytes(part))
            try #require(put.status == 200)
            etags[link.number - 1] = try #require(put.headers.first(name: "ETag")).replacing("\"", with: "")
        }
        return etags
    }

    func complete(_ etags: [String], sha256: String) async throws -> Answer {
        let parts = etags.enumerated().map { "{\"number\":\($0 + 1),\"etag\":\"\($1)\"}" }
        let body = "{\"parts\":[\(parts.joined(separator: ","))],\"sha256\":\"\(sha256)\"}"
        return try await person.api.insist(
            .POST, path + "/complete", headers: Self.json, body: .bytes(ByteBuffer(string: body)))
    }

    private static let json = [("Content-Type", "application/json")]
}
