import Foundation
import PlatformTesting
import Testing

extension EndToEnd {
    /// What reaches the gateway as bytes no client library would send.
    @Suite
    struct GatewayTests {
        struct Case: Sendable, CustomTestStringConvertible {
            let testDescription: String
            var line = "GET /v1/me HTTP/1.1"
            var fields = ["Host: hiroba"]
            var scheme: String? = "Bearer"
            var body = ""
            let status: Int
            var code: String?
        }

        private static let socket = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]

        static let cases = [
            Case(testDescription: "a plain request", status: 200),
            Case(
                testDescription: "an upgrade to TLS, as some clients offer by themselves",
                fields: ["Host: hiroba", "Connection: Upgrade", "Upgrade: TLS/1.2"], status: 200),
            Case(
                testDescription: "an upgrade to HTTP/2 in the clear",
                fields: [
                    "Host: hiroba", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMA",
                ],
                status: 200),
            Case(
                testDescription: "an upgrade nobody knows",
                fields: ["Host: hiroba", "Connection: Upgrade", "Upgrade: websockets"], status: 200),
            Case(
                testDescription: "a socket where there is none",
                fields: ["Host: hiroba", "Connection: Upgrade", "Upgrade: websocket"] + socket, status: 400,
                code: "platform.no-socket-here"),
            Case(
                testDescription: "an unknown transfer coding", line: "POST /v1/sessions HTTP/1.1",
                fields: ["Host: hiroba", "Transfer-Encoding: gzip, chunked"], body: "0\r\n\r\n", status: 501,
                code: "platform.unknown-transfer-coding"),
            Case(
                testDescription: "two Host fields", fields: ["Host: hiroba", "Host: other"], status: 400,
                code: "platform.invalid-input"),
            Case(testDescription: "HTTP/1.0", line: "GET /v1/me HTTP/1.0", fields: [], status: 200),
            Case(testDescription: "a scheme in another spelling", scheme: "BeArEr", status: 200),
            Case(testDescription: "another scheme", scheme: "Basic", status: 401, code: "platform.unauthenticated"),
            Case(testDescription: "no token", scheme: nil, status: 401, code: "platform.unauthenticated"),
            Case(
                testDescription: "fields larger than the gateway takes",
                fields: ["Host: hiroba", "X: " + String(repeating: "x", count: 40_000)], status: 431,
                code: "platform.invalid-input"),
        ]

        @Test(arguments: cases)
        func `the gateway answers what is unusual by what it is`(_ sent: Case) async throws {
            let person = try await Person.signUp("odd")
            let credentials = sent.scheme.map { ["Authorization: \($0) \(person.tokens.accessToken)"] } ?? []
            let answer = try await ask(sent.line, sent.fields + credentials, sent.body)
            #expect(answer.status == sent.status)
            if let code = sent.code { #expect(answer.text.contains("\"code\":\"\(code)\"")) }
        }

        @Test(arguments: [String(repeating: "a", count: 129), "<script>alert</script>", "short"])
        func `a request id that is none is replaced, and field, problem and service agree on the new one`(
            sent: String
        ) async throws {
            for path in ["/nothing", "/v1/me"] {
                let answer = try await ask("GET \(path) HTTP/1.1", ["Host: hiroba", "X-Request-Id: \(sent)"])
                let given = try #require(answer.field("x-request-id"))
                #expect(given != sent && (8...128).contains(given.utf8.count))
                #expect(answer.text.contains("\"request_id\":\"\(given)\""))
            }
        }

        private struct RawAnswer {
            let text: String

            var status: Int? { Int(text.dropFirst("HTTP/1.1 ".count).prefix(3)) }

            func field(_ name: String) -> String? {
                let line = text.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix(name + ": ") }
                return line.map { String($0.dropFirst(name.count + 2)) }
            }
        }

        private func ask(_ line: String, _ fields: [String], _ body: String = "") async throws -> RawAnswer {
            let connection = try RawConnection(port: Platform.gatewayPort)
            // A field Connection of the case's own comes first; what stands in two fields is one list.
            let head = [line] + fields + ["Connection: close", "", ""]
            await connection.send(head.joined(separator: "\r\n") + body)
            return RawAnswer(text: await connection.read())
        }
    }
}
