import DomainKit
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import HTTPKit

private let someID = "01234567-89ab-4cde-8f01-23456789abcd"

@Suite struct ProblemTests {
    private struct Secret: Error {
        let password = "hunter2"
    }

    private let application = edgeApplication { router in
        router.get("/v1/rooms/{id}") { _, _ in JSONResponse(.ok, EchoBody(text: "room")) }
        router.delete("/v1/rooms/{id}") { _, _ in Response(status: .noContent) }
        router.put("/v1/rooms/mine") { _, _ in Response(status: .noContent) }
        router.get("/secret") { _, _ -> Response in throw Secret() }
        router.get("/hummingbird") { _, _ -> Response in throw HTTPError(.forbidden, message: "internal words") }
        router.get("/teapot") { _, _ -> Response in throw HTTPError(.init(code: 418)) }
        router.get("/bare") { _, _ in Response(status: .rangeNotSatisfiable, headers: [.contentRange: "bytes */9"]) }
        router.get("/token") { _, _ -> Response in throw Failure.unauthenticated() }
        router.get("/away") { _, _ -> Response in throw Failure.unavailable("postgres", cause: Secret()) }
        router.get("/slow") { _, _ -> Response in
            throw Failure(.rateLimited, code: "test.slow", message: "Slow.", retryAfter: .milliseconds(2_100))
        }
        router.get("/mfa") { _, _ -> Response in
            throw Failure(
                .unauthenticated, code: "user.mfa-required", message: "A code is needed.",
                violations: [Violation(pointer: "/code", code: "missing-field", detail: "Send a code.")],
                extensions: ["mfa_token": "abc", "left": .number(.min)])
        }
        for (path, extensions) in Self.challenges.mapValues(\.extensions) {
            router.get(RouterPath(path)) { _, _ -> Response in
                throw Failure(.forbidden, code: "test.step-up", message: "Again.", extensions: extensions)
            }
        }
        router.get("/range") { _, _ -> Response in
            throw Failure(.rangeNotSatisfiable, code: "video.range", message: "No.").with([.contentRange: "bytes */5"])
        }
        router.get("/own") { request, context -> Response in
            throw AnswerOfItsOwnForm(
                try JSONResponse(.badRequest, EchoBody(text: "own")).response(from: request, context: context))
        }
    }

    private static let challenges: [String: (extensions: [String: Failure.Extension], field: String?)] = [
        "/level": (["acr_values": "2"], #"acr_values="2""#),
        "/age": (["max_age": .number(600)], #"max_age="600""#),
        "/both": (["max_age": .number(60), "acr_values": "2"], #"acr_values="2", max_age="60""#),
        "/neither": ([:], nil),
    ]

    @Test func `what a stronger or newer sign-in would open says so, whatever the status`() async throws {
        try await application.test(.router) { client in
            for (path, said) in Self.challenges {
                let challenge = said.field.map { #"Bearer error="insufficient_user_authentication", "# + $0 }
                try await client.execute(uri: path, method: .get) { response in
                    #expect(response.status == .forbidden && response.headers[.wwwAuthenticate] == challenge)
                }
            }
        }
    }

    @Test func `an error with a form of its own keeps it, and gets what every answer has`() async throws {
        try await application.test(.router) { client in
            try await client.execute(uri: "/own", method: .get) { response in
                #expect(response.status == .badRequest && response.text == #"{"text":"own"}"#)
                #expect(response.headers[.contentType] == "application/json")
                #expect(response.headers[.xRequestID] != nil && response.headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test func `a failure becomes the contract's document`() async throws {
        try await application.test(.router) { client in
            try await client.execute(uri: "/mfa?x=1", method: .get) { response in
                #expect(response.status == .unauthorized)
                #expect(response.headers[.wwwAuthenticate] == "Bearer")
                let id = try #require(response.headers[.xRequestID])
                #expect(
                    response.text
                        == #"{"type":"https://docs.example.com/problems/user.mfa-required","title":"Authentication is needed","status":401,"detail":"A code is needed.","instance":"/mfa","code":"user.mfa-required","request_id":"\#(id)","errors":[{"pointer":"/code","code":"missing-field","detail":"Send a code."}],"left":-9223372036854775808,"mfa_token":"abc"}"#
                )
            }
        }
    }

    @Test func `the base of types can be set`() async throws {
        let application = edgeApplication(EdgeOptions(problemTypeBase: "https://hiroba.test/p")) { _ in }
        try await application.test(.router) { client in
            try await client.execute(uri: "/", method: .get) { response in
                let problem = try response.problem()
                #expect(problem.type == "https://hiroba.test/p/platform.not-found")
            }
        }
    }

    @Test func `an unknown address is a 404 problem`() async throws {
        try await application.test(.router) { client in
            for path in ["/nowhere", "/", "/v1/rooms", "/v1/rooms/a/b", "//", "/%00"] {
                try await client.execute(uri: path, method: .get) { response in
                    #expect(response.status == .notFound)
                    let problem = try response.problem()
                    #expect(problem.code == "platform.not-found")
                }
            }
        }
    }

    @Test func `a wrong method is a 405 that names the right ones`() async throws {
        try await application.test(.router) { client in
            try await client.execute(uri: "/v1/rooms/\(someID)", method: .patch) { response in
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers[.allow] == "DELETE, GET, HEAD, OPTIONS")
                let problem = try response.problem()
                #expect(problem.code == "platform.method-not-allowed")
            }
            try await client.execute(uri: "/v1/rooms/mine", method: .get) { response in
                #expect(response.headers[.allow] == "OPTIONS, PUT")
            }
        }
    }

    @Test func `a word in the place of an id is no resource, whatever the method`() async throws {
        try await application.test(.router) { client in
            for method in [HTTPRequest.Method.patch, .post, .head] {
                try await client.execute(uri: "/v1/rooms/yours", method: method) { response in
                    #expect(response.status == .notFound)
                    #expect(response.headers[.allow] == nil)
                }
            }
        }
    }

    @Test func `what Allow names is true: HEAD and OPTIONS are answered`() async throws {
        try await application.test(.router) { client in
            try await client.execute(uri: "/v1/rooms/\(someID)", method: .head) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.contentLength] == "15")
                #expect(response.body.readableBytes == 0)
            }
            try await client.execute(uri: "/v1/rooms/\(someID)", method: .options) { response in
                #expect(response.status == .noContent)
                #expect(response.headers[.allow] == "DELETE, GET, HEAD, OPTIONS")
            }
            try await client.execute(uri: "/nowhere", method: .options) { response in
                #expect(response.status == .notFound)
            }
            try await client.execute(uri: "/token", method: .head) { response in
                #expect(response.status == .unauthorized)
                #expect(response.body.readableBytes == 0)
            }
        }
    }

    @Test func `an unknown error tells the caller nothing and the log everything`() async throws {
        let log = RecordedLog()
        let application = edgeApplication(logger: log.logger) { router in
            router.get("/secret") { _, _ -> Response in throw Secret() }
        }
        try await application.test(.router) { client in
            try await client.execute(uri: "/secret", method: .get) { response in
                #expect(response.status == .internalServerError)
                let problem = try response.problem()
                #expect(problem.code == "platform.internal-error")
                #expect(!response.text.contains("hunter2") && !response.text.contains("Secret"))
            }
        }
        #expect(log.lines.contains { $0.contains("error") && $0.contains("hunter2") })
    }

    @Test func `Hummingbird's own errors and bare statuses become problems, too`() async throws {
        try await application.test(.router) { client in
            try await client.execute(uri: "/hummingbird", method: .get) { response in
                #expect(response.status == .forbidden)
                let problem = try response.problem()
                #expect(problem.code == "platform.forbidden")
                #expect(!response.text.contains("internal words"))
            }
            try await client.execute(uri: "/teapot", method: .get) { response in
                let problem = try response.problem()
                #expect(problem.status == 418)
            }
            try await client.execute(uri: "/bare", method: .get) { response in
                #expect(response.headers[.contentRange] == "bytes */9")
                let problem = try response.problem()
                #expect(problem.code == "platform.range-not-satisfiable")
            }
        }
    }

    @Test func `statuses bring the fields they call for`() async throws {
        try await application.test(.router) { client in
            try await client.execute(uri: "/away", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "1")
                #expect(!response.text.contains("postgres") && !response.text.contains("hunter2"))
            }
            try await client.execute(uri: "/slow", method: .get) { response in
                #expect(response.status == .tooManyRequests)
                #expect(response.headers[.retryAfter] == "3")
            }
            try await client.execute(uri: "/range", method: .get) { response in
                #expect(response.status == .rangeNotSatisfiable)
                #expect(response.headers[.contentRange] == "bytes */5")
            }
        }
    }

    @Test func `every answer carries the security fields`() async throws {
        try await application.test(.router) { client in
            for path in ["/v1/rooms/1", "/nowhere", "/secret"] {
                try await client.execute(uri: path, method: .get) { response in
                    #expect(response.headers[.xContentTypeOptions] == "nosniff")
                    #expect(response.headers[.cacheControl] == "no-store")
                }
            }
        }
    }

    @Test func `every kind of failure has a status, a title and a code of its own`() {
        let kinds = Failure.Kind.allCases
        #expect(Set(kinds.map(\.status)).count == kinds.count)
        #expect(Set(kinds.map(\.title)).count == kinds.count)
        #expect(Set(kinds.map(\.platformCode)).count == kinds.count)
        #expect(kinds.allSatisfy { $0.status.code >= 400 })
    }

    @Test func `a token check around everything does not hide 404 and 405`() async throws {
        struct Refuse: RouterMiddleware {
            typealias Context = TestContext
            func handle(
                _ request: Request, context: TestContext, next: (Request, TestContext) async throws -> Response
            ) async throws -> Response { throw Failure.unauthenticated() }
        }
        let application = edgeApplication { router in
            router.add(middleware: Refuse())
            router.get("/v1/me") { _, _ in Response(status: .ok) }
        }
        try await application.test(.router) { client in
            try await client.execute(uri: "/v1/me", method: .get) { #expect($0.status == .unauthorized) }
            try await client.execute(uri: "/v1/me", method: .post) { #expect($0.status == .methodNotAllowed) }
            try await client.execute(uri: "/v1/you", method: .get) { #expect($0.status == .notFound) }
        }
    }
}
