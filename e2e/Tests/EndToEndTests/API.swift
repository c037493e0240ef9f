import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting

/// What came back, whole.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: ByteBuffer

    var bytes: [UInt8] { Array(body.readableBytesView) }

    func decoded<Body: Decodable>(as type: Body.Type = Body.self) throws -> Body {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(bytes))
    }

    /// The `code` of a problem; nil for what is none.
    var problemCode: String? {
        guard headers.first(name: "content-type")?.hasPrefix("application/problem+json") == true else { return nil }
        return try? decoded(as: ProblemBody.self).code
    }
}

struct ProblemBody: Decodable {
    let type: String
    let title: String
    let status: Int
    let code: String
    let instance: String
    let requestId: String
}

/// The platform as one caller sees it: through the gateway, with or without a token.
struct API: Sendable {
    var base = Platform.gateway
    var token: String?

    func call(
        _ method: HTTPMethod, _ path: String, json: [String: String]? = nil, headers: [(String, String)] = [],
        body: HTTPClientRequest.Body? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: path.hasPrefix("http") ? path : base + path)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let json {
            request.headers.add(name: "Content-Type", value: "application/json")
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys  // a repeat has the same bytes
            request.body = .bytes(ByteBuffer(bytes: try encoder.encode(json)))
        }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = body }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return Answer(
            status: Int(response.status.code), headers: response.headers,
            body: try await response.body.collect(upTo: 64 << 20))
    }

    /// Repeats a call that may be repeated until it has an answer: a broken connection, a 503, and a repeat of a call that
    /// still runs are none.
    func insist(
        _ method: HTTPMethod, _ path: String, json: [String: String]? = nil, headers: [(String, String)] = [],
        body: HTTPClientRequest.Body? = nil
    ) async throws -> Answer {
        try await eventually("\(method) \(path) is answered", within: .seconds(120)) {
            let answer = try await call(method, path, json: json, headers: headers, body: body)
            return answer.status == 503 || answer.problemCode == "platform.idempotency-running" ? nil : answer
        }
    }
}
