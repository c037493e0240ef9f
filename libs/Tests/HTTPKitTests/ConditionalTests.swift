import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite struct ConditionalTests {
    private let application = edgeApplication { router in
        router.get("/video") { _, _ in JSONResponse(.ok, EchoBody(text: "v"), etag: ETag(7)) }
        router.patch("/video") { request, _ in
            try IfMatch(request, required: true).check(ETag(7))
            return JSONResponse(.ok, EchoBody(text: "w"), etag: ETag(8))
        }
        router.delete("/note") { request, _ in
            try IfMatch(request, required: false).check(ETag(1))
            return Response(status: .noContent)
        }
    }

    private func status(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields
    ) async throws -> HTTPResponse.Status {
        try await application.test(.router) { client in
            try await client.execute(uri: path, method: method, headers: headers) { $0.status }
        }
    }

    @Test func `a resource carries its tag, and may be kept by the caller to be asked for again`() async throws {
        try await application.test(.router) { client in
            for (method, known) in [(HTTPRequest.Method.get, ""), (.head, ""), (.get, "\"7\"")] {
                try await client.execute(uri: "/video", method: method, headers: [.ifNoneMatch: known]) { response in
                    #expect(response.headers[.eTag] == "\"7\"")
                    #expect(response.headers[.cacheControl] == "private, no-cache")
                }
            }
            try await client.execute(uri: "/video", method: .patch, headers: [.ifMatch: "*"]) {
                #expect($0.headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test(arguments: ["\"7\"", "*", "W/\"7\"", "\"6\", \"7\"", "\"a,b\" ,W/\"7\"", "\"\u{301}6\",\"7\""])
    func `a known version is not sent again`(known: String) async throws {
        try await application.test(.router) { client in
            try await client.execute(uri: "/video", method: .get, headers: [.ifNoneMatch: known]) { response in
                #expect(response.status == .notModified)
                #expect(response.headers[.eTag] == "\"7\"")
                #expect(response.body.readableBytes == 0)
            }
        }
    }

    @Test(arguments: ["\"8\"", "7", "\"7", ""])
    func `another version is sent`(known: String) async throws {
        #expect(try await status(.get, "/video", [.ifNoneMatch: known]) == .ok)
    }

    @Test(arguments: ["\"7\"", "*", "\"1\",\"7\""])
    func `a change on the version stated goes through`(match: String) async throws {
        #expect(try await status(.patch, "/video", [.ifMatch: match]) == .ok)
    }

    @Test(arguments: ["\"6\"", "W/\"7\"", "7", "garbage"])
    func `a change on another version is a 412`(match: String) async throws {
        #expect(try await status(.patch, "/video", [.ifMatch: match]) == .preconditionFailed)
    }

    @Test(arguments: ["\"7\"", "*", "W/\"7\"", "\"6\", \"7\""])
    func `a change unless the resource is at a version is a 412 when it is`(match: String) async throws {
        let both: HTTPFields = [.ifMatch: "*", .ifNoneMatch: match]
        #expect(try await status(.patch, "/video", both) == .preconditionFailed)
        #expect(
            try await status(.delete, "/note", [.ifNoneMatch: match.replacing("7", with: "1")]) == .preconditionFailed)
        #expect(try await status(.patch, "/video", [.ifNoneMatch: match]) == .preconditionRequired)
    }

    @Test(arguments: ["\"8\"", "7", "garbage"])
    func `a change unless the resource is at a version goes through when it is not`(match: String) async throws {
        #expect(try await status(.patch, "/video", [.ifMatch: "\"7\"", .ifNoneMatch: match]) == .ok)
        #expect(try await status(.delete, "/note", [.ifNoneMatch: match]) == .noContent)
    }

    @Test func `a change without a version is a 428 where one is required`() async throws {
        #expect(try await status(.patch, "/video", [:]) == .preconditionRequired)
        #expect(try await status(.delete, "/note", [:]) == .noContent)
        #expect(try await status(.delete, "/note", [.ifMatch: "\"2\""]) == .preconditionFailed)
    }
}
