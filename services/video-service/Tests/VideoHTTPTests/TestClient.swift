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

    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ path: String, as user: UUID?, _ json: String? = nil, headers: HTTPFields = [:],
        body: ByteBuffer? = nil
    ) async throws -> Answer {
        var headers = headers
        if json != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        if let user { headers[.authorization] = "Bearer \(try issuer.token(for: user))" }
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
        return Answer(
            status: response.status, headers: response.headers, body: Data(response.body.readableBytesView))
    }

    func create(
        _ size: Int, as user: UUID, _ metadata: [String: String] = [:], headers: HTTPFields = [:],
        body: ByteBuffer? = nil
    ) async throws -> Answer {
        var headers = headers
        headers[.tusResumable] = "1.0.0"
        headers[.uploadLength] = "\(size)"
        if !metadata.isEmpty {
            headers[.uploadMetadata] = metadata.sorted { $0.key < $1.key }
                .map { "\($0.key) \(Data($0.value.utf8).base64EncodedString())" }.joined(separator: ",")
        }
        return try await send(.post, "/v1/uploads", as: user, headers: headers, body: body)
    }

    func offset(_ upload: String, as user: UUID) async throws -> Answer {
        try await send(.head, upload, as: user, headers: [.tusResumable: "1.0.0"])
    }

    @discardableResult
    func append(_ bytes: Data, to upload: String, at offset: Int, as user: UUID) async throws -> Answer {
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

struct Answer: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: Data

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:]
    }

    /// The problem's code; nil for anything but a problem.
    var code: String? {
        headers[.contentType] == "application/problem+json" ? json["code"] as? String : nil
    }

    var pointers: [String] {
        (json["errors"] as? [[String: Any]] ?? []).compactMap { $0["pointer"] as? String }
    }

    var ids: [String] {
        (json["items"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
    }

    func string(_ name: String) throws -> String {
        try #require(json[name] as? String, "\(status): \(String(decoding: body, as: UTF8.self))")
    }
}

/// A connection to be written to byte by byte and cut.
struct RawConnection {
    private let socket: Int32

    init(port: Int) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let socket = socket
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    func write(_ data: Data) throws {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            try #require(count > 0)
            rest = rest.dropFirst(count)
        }
    }

    /// Everything until the other side closes, at most for ten seconds.
    func readAll() -> String {
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var (data, buffer) = (Data(), [UInt8](repeating: 0, count: 65_536))
        while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 { data += buffer.prefix(count) }
        return String(decoding: data, as: UTF8.self)
    }

    func cut() {
        close(socket)
    }
}
