import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite struct ContentTests {
    private let application = edgeApplication { router in
        router.post("/bytes") { request, _ in
            JSONResponse(.ok, EchoBody(text: "\(try await request.collect(limit: 100).readableBytes)"))
        }
        router.delete("/thing") { _, _ in Response(status: .noContent) }
    }

    private func status(
        _ method: HTTPRequest.Method, _ path: String, coding: String?, body: String? = "x"
    ) async throws -> HTTPResponse.Status {
        try await application.test(.router) { client in
            var headers: HTTPFields = [:]
            headers[.contentEncoding] = coding
            let body = body.map { ByteBuffer(string: $0) }
            return try await client.execute(uri: path, method: method, headers: headers, body: body) { response in
                if response.status == .unsupportedMediaType {
                    #expect(response.headers[.acceptEncoding] == "identity")
                    let problem = try response.problem()
                    #expect(problem.code == "platform.unsupported-content-encoding")
                }
                return response.status
            }
        }
    }

    @Test(arguments: ["gzip", "GZIP", "br", "identity, gzip", "x-own", "aes128gcm"])
    func `content under a coding is refused on every route`(coding: String) async throws {
        #expect(try await status(.post, "/bytes", coding: coding) == .unsupportedMediaType)
        #expect(try await status(.delete, "/thing", coding: coding) == .unsupportedMediaType)
        #expect(try await status(.post, "/nowhere", coding: coding) == .unsupportedMediaType)
    }

    @Test(arguments: [nil, "identity", "Identity", "", "identity, identity"])
    func `content as it is passes`(coding: String?) async throws {
        #expect(try await status(.post, "/bytes", coding: coding) == .ok)
    }

    @Test func `without content there is nothing to unpack`() async throws {
        #expect(try await status(.delete, "/thing", coding: "gzip", body: nil) == .noContent)
        #expect(try await status(.post, "/bytes", coding: "gzip", body: "") == .ok)
    }

    @Test(arguments: [
        ("application/json", "application/json", [String]()), ("Application/JSON", "application/json", []),
        (" text/plain ; Charset=\"UTF-8\" ;a=b;", "text/plain", ["charset=UTF-8", "a=b"]),
        ("a/b;x=\"c;d\\\"e\"", "a/b", ["x=c;d\"e"]),
    ])
    func `media types are read without regard to case`(field: String, essence: String, parameters: [String]) throws {
        let type = try #require(MediaType(field))
        #expect(type.essence == essence)
        #expect(type.parameters.map { "\($0.name)=\($0.value)" } == parameters)
    }

    @Test(arguments: [
        "", "json", "a/b/c", "/", "a/", "a /b", "a/b;c", "a/b;=c", "a/b;c=", "a/b;c=\"", "a/b;c=d e", "日/本",
    ])
    func `what is no media type is none`(field: String) {
        #expect(MediaType(field) == nil)
    }
}
