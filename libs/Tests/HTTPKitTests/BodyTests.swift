import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite struct BodyTests {
    private struct NewRoom: Decodable {
        let name: String
    }

    private let application = edgeApplication { router in
        router.post("/rooms") { request, _ in
            let room = try await request.decode(NewRoom.self, limit: 1_000)
            return JSONResponse(.created, EchoBody(text: room.name))
        }
    }

    private func post(
        _ body: ByteBuffer, type: String? = "application/json",
        _ check: @escaping @Sendable (TestResponse) throws -> Void
    ) async throws {
        let headers: HTTPFields = type.map { [.contentType: $0] } ?? [:]
        try await application.test(.router) { client in
            try await client.execute(uri: "/rooms", method: .post, headers: headers, body: body, testCallback: check)
        }
    }

    @Test func `a good body comes through`() async throws {
        try await post(ByteBuffer(string: #"{"name":"a"}"#)) { response in
            #expect(response.status == .created)
            #expect(response.text == #"{"text":"a"}"#)
            #expect(response.headers[.contentType] == "application/json")
        }
    }

    @Test(arguments: [
        "application/json; charset=utf-8", "Application/JSON;charset=UTF-8", "application/json ; charset=\"utf-8\"",
    ])
    func `the content type may say UTF-8`(type: String) async throws {
        try await post(ByteBuffer(string: #"{"name":"a"}"#), type: type) { #expect($0.status == .created) }
    }

    @Test(arguments: [
        nil, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=shift_jis",
        "application/jsonx", "application/problem+json", "",
    ])
    func `another content type is a 415`(type: String?) async throws {
        try await post(ByteBuffer(string: #"{"name":"a"}"#), type: type) { response in
            #expect(response.status == .unsupportedMediaType)
            let problem = try response.problem()
            #expect(problem.code == "platform.unsupported-media-type")
        }
    }

    @Test func `unknown members and wrong types name their place`() async throws {
        try await post(ByteBuffer(string: #"{"name":1,"colour":"red"}"#)) { response in
            #expect(response.status == .badRequest)
            let problem = try response.problem()
            #expect(problem.code == "platform.invalid-input")
            #expect(Set(problem.pointers) == ["/name", "/colour"])
        }
    }

    @Test func `broken UTF-8 is a 400 with its pointer`() async throws {
        var body = ByteBuffer(string: #"{"name":""#)
        body.writeBytes([0xc3, 0x28])
        body.writeString(#""}"#)
        try await post(body) { response in
            #expect(response.status == .badRequest)
            let problem = try response.problem()
            #expect(problem.pointers == ["/name"])
        }
    }

    @Test func `a body over the limit is a 413`() async throws {
        let name = String(repeating: "x", count: 1 << 20)
        try await post(ByteBuffer(string: "{\"name\":\"\(name)\"}")) { response in
            #expect(response.status == .contentTooLarge)
            let problem = try response.problem()
            #expect(problem.code == "platform.content-too-large")
        }
    }

    @Test func `a hundred thousand brackets are a 400`() async throws {
        let application = edgeApplication { router in
            router.post("/any") { request, _ in
                _ = try await request.decode(JSONValue.self, limit: 1 << 20)
                return Response(status: .noContent)
            }
        }
        try await application.test(.router) { client in
            let body = ByteBuffer(string: String(repeating: "[", count: 100_000))
            try await client.execute(
                uri: "/any", method: .post, headers: [.contentType: "application/json"], body: body
            ) { response in
                #expect(response.status == .badRequest)
                let problem = try response.problem()
                #expect(problem.errors?.first?.code == "too-deep")
            }
        }
    }

    @Test func `an empty body is a 400`() async throws {
        try await post(ByteBuffer()) { #expect($0.status == .badRequest) }
    }
}
