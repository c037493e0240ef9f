import AWSSigning
import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing
import VideoHTTP
import VideoTestKit

/// Where a service keeps its videos.
enum MediaPlace: CaseIterable {
    case directory, rclone, moto

    func service() async throws -> TestVideoService {
        var settings = ["DATABASE_URL": try await TestVideoService.database()]
        switch self {
        case .directory: break
        case .rclone:
            let server = try await TestS3.shared()
            settings["OBJECT_STORE_URL"] = "s3://\(try server.bucket())?region=us-east-1&endpoint=\(server.endpoint)"
        case .moto:
            let server = try await TestAWS.shared()
            settings["OBJECT_STORE_URL"] =
                "s3://\(try await server.bucket())?region=us-east-1&endpoint=\(server.endpoint)"
        }
        let credentials = AWSCredentials(
            accessKeyID: TestS3.accessKeyID, secretAccessKey: TestS3.secretAccessKey)
        return try TestVideoService(
            settings: settings, rights: ScriptedRights(), credentials: StaticCredentials(credentials))
    }

    /// The bytes a link to the video gives.
    func played(_ video: String, as user: UUID, _ api: TestClient) async throws -> Data {
        if self == .directory {
            return try await api.send(.get, try await api.link(video, as: user), as: nil).body
        }
        let link = try await api.send(.get, "/v1/videos/\(video)/playback", as: user)
        let played = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: try link.string("url")), timeout: .seconds(30))
        return Data(Array(buffer: try await played.body.collect(upTo: 1 << 27)))
    }
}

/// An upload in parts, as a client has it.
struct DirectUpload: Sendable {
    struct Link: Decodable {
        let number: Int
        let url: String
        let headers: [String: String]
    }

    private struct Links: Decodable {
        let parts: [Link]
    }

    private struct Listed: Decodable {
        struct Part: Decodable {
            let number: Int
            let etag: String
            let size: Int
        }

        let items: [Part]
    }

    let path: String
    let videoID: String
    let partSize: Int
    let partCount: Int
    var bytes: Data
    let user: UUID
    let api: TestClient

    init(_ created: ServiceAnswer, _ bytes: Data, _ user: UUID, _ api: TestClient) throws {
        path = "/v1/uploads/\(try created.string("upload_id"))"
        videoID = try created.string("video_id")
        partSize = try created.integer("part_size")
        partCount = try created.integer("part_count")
        (self.bytes, self.user, self.api) = (bytes, user, api)
    }

    static func create(
        _ size: Int, as user: UUID, _ api: TestClient, headers: HTTPFields = [:]
    ) async throws -> ServiceAnswer {
        let body =
            "{\"filename\":\"夏.mp4\",\"content_type\":\"video/mp4\",\"size\":\(size),\"title\":\"夏\",\"visibility\":\"public\"}"
        return try await api.send(.post, "/v1/uploads/multipart", as: user, body, headers: headers)
    }

    static func begin(_ bytes: Data, as user: UUID, _ api: TestClient) async throws -> DirectUpload {
        try DirectUpload(try await create(bytes.count, as: user, api), bytes, user, api)
    }

    func links(_ numbers: [Int]) async throws -> [Int: Link] {
        let answer = try await api.send(.post, path + "/parts", as: user, "{\"numbers\":\(numbers)}")
        let links = try JSONDecoder().decode(Links.self, from: answer.body).parts
        #expect(links.map(\.number) == numbers)
        return Dictionary(uniqueKeysWithValues: links.map { ($0.number, $0) })
    }

    /// The etag; nil when it was refused.
    @discardableResult
    func put(_ number: Int, by links: [Int: Link]) async throws -> String? {
        try await put(number, to: try #require(links[number]?.url))
    }

    func put(_ number: Int, to url: String) async throws -> String? {
        let start = (number - 1) * partSize
        let piece = Data(bytes.dropFirst(start).prefix(partSize))
        let etag: String?
        if let range = url.range(of: "/media/") {
            let answer = try await api.send(
                .put, String(url[range.lowerBound...]), as: nil, body: ByteBuffer(bytes: piece))
            etag = answer.status == .ok ? answer.headers[.eTag] : nil
        } else {
            var request = HTTPClientRequest(url: url)
            request.method = .PUT
            request.body = .bytes(ByteBuffer(bytes: piece))
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            etag = answer.status == .ok ? answer.headers.first(name: "ETag") : nil
        }
        return etag?.replacing("\"", with: "")
    }

    /// Numbers and etags of the stored parts.
    func listed() async throws -> [(Int, String)] {
        let answer = try await api.send(.get, path + "/parts?limit=100", as: user)
        return try JSONDecoder().decode(Listed.self, from: answer.body).items.map { ($0.number, $0.etag) }
    }

    func complete(
        _ parts: [(Int, String)], sha256: String? = nil
    ) async throws -> ServiceAnswer {
        let list = parts.map { ["number": $0.0, "etag": $0.1] as [String: any Sendable] }
        var body: [String: any Sendable] = ["parts": list]
        body["sha256"] = sha256
        let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        return try await api.send(.post, path + "/complete", as: user, text)
    }
}

extension ServiceAnswer {
    /// A member that is a whole number. Fails: `UnexpectedAnswer`.
    func integer(_ name: String) throws -> Int {
        guard let value = json[name] as? Int else { throw UnexpectedAnswer(self) }
        return value
    }
}
