import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import AuthKit

@Suite struct JWKSDocumentTests {
    /// Answers at `path` of a server that gives keys, or not.
    private func read(_ path: String, within time: Duration = .seconds(60)) async throws -> String {
        let (untilRead, wasRead) = AsyncStream<Never>.makeStream()
        let router = Router()
        router.get("/keys") { _, _ in #"{"keys":[]}"# }
        router.get("/caller") { request, _ in
            "\(request.headers[.traceparent] ?? "") \(request.headers[.xRequestID] ?? "")"
        }
        router.get("/moved") { _, _ in Response(status: .found, headers: [.location: "/keys"]) }
        router.get("/away") { _, _ in Response(status: .serviceUnavailable) }
        router.get("/large") { _, _ in String(repeating: " ", count: JWKSDocument.largest + 1) }
        router.get("/endless") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: " "))
                    for await _ in untilRead {}
                })
        }
        let configuration = ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0))
        // An error thrown to the server would cancel it instead of shutting it down, and NIO ends the process when a
        // connection comes in just then (apple/swift-nio issue 2637).
        let outcome = try await Application(router: router, configuration: configuration).test(.live) { client in
            defer { wasRead.finish() }
            let url = "http://127.0.0.1:\(try #require(client.port))\(path)"
            let document = try #require(JWKSDocument(url: url, timeout: time))
            do {
                return Result<[UInt8], any Error>.success(Array(try await document.read()))
            } catch {
                return .failure(error)
            }
        }
        return String(decoding: try outcome.get(), as: UTF8.self)
    }

    @Test func `keys are read`() async throws {
        #expect(try await read("/keys") == #"{"keys":[]}"#)
    }

    @Test func `the issuer is told for which request it is asked`() async throws {
        let scope = RequestScope(requestID: "request-1", trace: .root())
        #expect(try await scope.bind { try await read("/caller") } == "\(scope.trace.traceparent) request-1")
        #expect(try await read("/caller") == " ")
    }

    @Test(arguments: ["/moved", "/away", "/large"])
    func `whoever sends elsewhere, fails, or sends too much is not listened to`(path: String) async {
        await #expect(throws: (any Error).self) { try await read(path) }
    }

    @Test func `a body that does not end is given up`() async {
        await #expect(throws: (any Error).self) { try await read("/endless", within: .milliseconds(500)) }
    }
}
