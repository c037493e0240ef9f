import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP

/// Speaks the API as a client does, and holds every answer against the published description.
struct TestClient: Sendable {
    static let document = Result { try OpenAPIDocument(yaml: VideoSpecification.bytes) }

    let client: any TestClientProtocol
    let issuer: TestIssuer
    /// What its tokens say.
    var session = UUID()
    var epoch: Int64 = 0
    var tier = "free"
    var roles = ["user"]

    func token(_ user: UUID) throws -> String {
        try issuer.token(for: user, roles: roles, session: session, epoch: epoch, tier: tier)
    }

    /// The same users with another membership.
    func paying(_ tier: String = "member") -> TestClient {
        var paying = self
        paying.tier = tier
        return paying
    }

    /// The same users with other roles.
    func acting(as roles: String...) -> TestClient {
        var acting = self
        acting.roles = ["user"] + roles
        return acting
    }

    /// The same users after their accounts changed so often, or in another session.
    func later(epoch: Int64 = 0, session: UUID = UUID()) -> TestClient {
        var later = self
        (later.epoch, later.session) = (epoch, session)
        return later
    }

    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ path: String, as user: UUID?, _ json: String? = nil, headers: HTTPFields = [:],
        body: ByteBuffer? = nil
    ) async throws -> ServiceAnswer {
        var headers = headers
        if json != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        if let user { headers[.authorization] = "Bearer \(try token(user))" }
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: json.map { ByteBuffer(string: $0) } ?? body)
        // What a request means is what its answer is documented under.
        let method = headers[.methodOverride].flatMap { path.hasPrefix("/v1/uploads") ? .init($0) : nil } ?? method
        if response.status != .methodNotAllowed, !path.hasPrefix("/media") {
            let findings = try Self.document.get().findings(
                in: response.body, of: method, path, status: response.status.code,
                contentType: response.headers[.contentType])
            if method != .head { #expect(findings == [], "every answer is as documented") }
        }
        return ServiceAnswer(
            status: response.status, headers: response.headers, body: Data(response.body.readableBytesView))
    }

    func create(
        _ size: Int, as user: UUID, _ metadata: [String: String] = [:], headers: HTTPFields = [:],
        body: ByteBuffer? = nil
    ) async throws -> ServiceAnswer {
        var headers = headers
        headers[.tusResumable] = "1.0.0"
        headers[.uploadLength] = "\(size)"
        if !metadata.isEmpty {
            headers[.uploadMetadata] = metadata.sorted { $0.key < $1.key }
                .map { "\($0.key) \(Data($0.value.utf8).base64EncodedString())" }.joined(separator: ",")
        }
        return try await send(.post, "/v1/uploads", as: user, headers: headers, body: body)
    }

    func offset(_ upload: String, as user: UUID) async throws -> ServiceAnswer {
        try await send(.head, upload, as: user, headers: [.tusResumable: "1.0.0"])
    }

    @discardableResult
    func append(_ bytes: Data, to upload: String, at offset: Int, as user: UUID) async throws -> ServiceAnswer {
        try await send(
            .patch, upload, as: user,
            headers: [
                .tusResumable: "1.0.0", .uploadOffset: "\(offset)", .contentType: "application/offset+octet-stream",
            ], body: ByteBuffer(bytes: bytes))
    }

    /// A ready video of `bytes`; returns its id.
    func video(
        _ bytes: Data, as user: UUID, _ metadata: [String: String] = ["visibility": "public"]
    ) async throws -> String {
        let upload = try await create(bytes.count, as: user, metadata)
        let path = try #require(
            upload.headers[.location], "\(upload.status) \(String(decoding: upload.body, as: UTF8.self))")
        let done = try await append(bytes, to: path, at: 0, as: user)
        return try #require(done.headers[.videoID])
    }

    /// The path and query of a link that plays a video.
    func link(_ video: String, as user: UUID) async throws -> String {
        let url = try await send(.get, "/v1/videos/\(video)/playback", as: user).string("url")
        let path = try #require(url.range(of: "/media/"))
        return String(url[path.lowerBound...])
    }
}
