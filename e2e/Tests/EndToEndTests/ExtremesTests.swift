import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// Extreme values in every place the published documents have, through the gateway and past it: a hundredth of them
    /// here, all of them with `make fuzz`.
    @Suite
    struct ExtremesTests {
        private static let every = Int(ProcessInfo.processInfo.environment["FUZZ_EVERY"] ?? "") ?? 100

        @Test(.timeLimit(.minutes(30)))
        func `no request is answered with a fault of ours, and no process ends`() async throws {
            let before = try await Platform.processStarts()
            let sent = try await withThrowingTaskGroup(of: Int.self) { group in
                for (index, service) in ["user", "video", "chat"].enumerated() {
                    for base in [Platform.gateway, "http://127.0.0.1:\(Platform.servicePorts[index])"] {
                        group.addTask { try await walk(service, at: base) }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sent > 50_000 / Self.every)
            #expect(try await Platform.processStarts() == before)
            print("\(sent) extreme requests")
        }

        @Test(.timeLimit(.minutes(30)))
        func `no frame ends a replica`() async throws {
            let before = try await Platform.processStarts()
            let speaker = try await Person.signUp("extreme")
            let room = try await speaker.createRoom()
            let socket = ReopenedSocket(token: speaker.tokens.accessToken)
            let walk = ExtremesWalk(
                try Self.frames(),
                samples: ["room_id": room.id, "token": speaker.tokens.accessToken, "client_id": "{n}"],
                every: max(1, Self.every / 10))
            let report = await walk.run { request in
                try await socket.say(request.body.map { String(buffer: $0) } ?? "")
                return ExtremeAnswer(status: 200, contentType: nil, body: ByteBuffer())
            } isAlive: {
                true
            }
            #expect(report.findings == [])
            #expect(report.requests > 1_000 / Self.every)
            #expect(try await Platform.processStarts() == before)
            print("\(report.requests) extreme frames")
        }

        private func walk(_ service: String, at base: String) async throws -> Int {
            let document = try await API().call(.GET, "/docs/api/openapi-\(service).yaml")
            let person = try await Person.signUp("extreme")
            var samples = [
                "If-Match": "*", "Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Offset": "0",
                "email": "{n}-\(UUID())@example.com", "password": Person.password, "current_password": Person.password,
                "new_password": Person.password, "client_id": "{n}", "id": person.tokens.userId,
                "user_id": person.tokens.userId,
            ]
            if service == "chat" { samples["id"] = try await person.createRoom().id }
            if service == "video" {
                samples["id"] = try await ResumableUpload.create(Film.short, by: person, visibility: "public").insist(
                    piece: 3)
            }
            let walk = ExtremesWalk(
                try OpenAPIDocument(yaml: document.bytes), samples: samples, altersFraming: false, every: Self.every)
            let report = await walk.run(headers: [.authorization: "Bearer \(person.tokens.accessToken)"]) { request in
                try await send(request, to: base)
            } isAlive: {
                true
            }
            // What the gateway says of its own is in no service's document.
            #expect(report.findings.filter { !$0.hasSuffix("is not documented") } == [])
            return report.requests
        }

        private func send(_ extreme: ExtremeRequest, to base: String) async throws -> ExtremeAnswer {
            var request = HTTPClientRequest(url: base + extreme.uri)
            request.method = .init(rawValue: extreme.method.rawValue)
            for field in extreme.headers { request.headers.add(name: field.name.rawName, value: field.value) }
            if let body = extreme.body { request.body = .bytes(body) }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            return ExtremeAnswer(
                status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type"),
                body: try await response.body.collect(upTo: 64 << 20))
        }

        /// What a client may say, as bodies of requests, so that the walk reads the schemas.
        private static func frames() throws -> OpenAPIDocument {
            let schemas = ["Auth", "Subscribe", "Unsubscribe", "Send", "ClientTyping", "Ping"]
            let paths = schemas.map { name in
                "  /\(name): { post: { requestBody: { content: { application/json: { schema: { $ref: "
                    + "'#/components/schemas/\(name)' } } } }, responses: { '200': { description: said } } } }"
            }
            let file = Platform.root.appending(path: "docs/api/asyncapi-chat.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            return try OpenAPIDocument(yaml: Array((text + "\npaths:\n" + paths.joined(separator: "\n")).utf8))
        }
    }

    /// A socket that is opened again whenever the server has closed it for what was said.
    private actor ReopenedSocket {
        private let token: String
        private var socket: TestSocket?

        init(token: String) {
            self.token = token
        }

        /// Says it, and hears something, be it the end.
        func say(_ text: String) async throws {
            let socket = try await open()
            // It may have been closed for what was said before: that no close frame comes then, nor an answer, is found
            // by reading, and the next frame is said on another socket. Whether the replica lives is asked by the test.
            try? await socket.send(text)
            try? await socket.send(#"{"op":"ping","id":1}"#)
            do {
                while let message = try await socket.next() {
                    if case .close = message { break }
                    if case .text(let text) = message, text.contains(#""op":"ok","id":1"#) { return }
                }
            } catch {}
            await socket.disconnect()
            self.socket = nil
        }

        private func open() async throws -> TestSocket {
            if let socket { return socket }
            let opened = try await TestSocket.connect(
                port: Platform.gatewayPort, headers: [("Authorization", "Bearer \(token)")], subprotocols: ["chat.v1"])
            socket = opened
            return opened
        }
    }
}
