import AWSSigning
import AsyncHTTPClient
import Foundation
import Mail
import NIOCore
import NIOHTTP1
import PlatformTesting
import Testing

@Suite struct SESTransportTests {
    private static let credentials = StaticCredentials(AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hunter2"))

    @Test func `a message from a known identity is taken, from another one refused`() async throws {
        let aws = try await TestAWS.shared()
        let transport = try MailURL("ses://eu-west-1?endpoint=\(aws.endpoint)").transport(credentials: Self.credentials)
        let message = try mail(to: ["a@example.com", "b@例え.jp"])
        let error = await failure { () throws(MailFailure) in try await transport.send(message) }
        #expect(error?.outcome == .refused && error?.reply?.status == "MessageRejected" && error?.reply?.code == 400)
        var request = HTTPClientRequest(url: "\(aws.endpoint)/v2/email/identities")
        request.method = .POST
        request.headers = [
            "Authorization":
                "AWS4-HMAC-SHA256 Credential=AKID/20261126/eu-west-1/ses/aws4_request, SignedHeaders=host, Signature=0"
        ]
        request.body = .bytes(ByteBuffer(string: #"{"EmailIdentity": "no-reply@hiroba.example"}"#))
        #expect(try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status == .ok)
        try await transport.send(message)
    }

    @Test func `without credentials, or with nobody there, the message waits`() async throws {
        let message = try mail()
        let nobody = SESConfiguration(region: "r", endpoint: "http://127.0.0.1:\(try FreePort.find())")
        let unsigned = SESTransport(nobody, credentials: EnvironmentCredentials([:]))
        let none = await failure { () throws(MailFailure) in try await unsigned.send(message) }
        #expect(none?.outcome == .tryAgain && none?.needsOperator == true)
        let signed = SESTransport(nobody, credentials: Self.credentials)
        let away = await failure { () throws(MailFailure) in try await signed.send(message) }
        #expect(away?.outcome == .tryAgain && away?.needsOperator == false, "\(String(describing: away))")
        let foreign = try mail(to: ["花子@例え.jp"])
        let refused = await failure { () throws(MailFailure) in try await signed.send(foreign) }
        #expect(refused?.outcome == .refused)
    }

    @Test(arguments: [
        ("400 Bad Request", "MessageRejected", MailFailure.Outcome.refused, false),
        ("400 Bad Request", "BadRequestException", .refused, false),
        ("413 Too Large", "", .refused, false), ("429 Too Many", "TooManyRequestsException", .tryAgain, false),
        ("400 Bad Request", "LimitExceededException", .tryAgain, false),
        ("400 Bad Request", "SendingPausedException", .tryAgain, true),
        ("400 Bad Request", "AccountSuspendedException:http://x/", .tryAgain, true),
        ("403 Forbidden", "SignatureDoesNotMatch", .tryAgain, true),
        ("400 Bad Request", "MailFromDomainNotVerifiedException", .tryAgain, true),
        ("404 Not Found", "NotFoundException", .tryAgain, true),
        ("503 Service Unavailable", "", .tryAgain, false), ("500 Internal", "InternalFailure", .perhapsTaken, false),
        ("502 Bad Gateway", "", .perhapsTaken, false), ("301 Moved", "", .tryAgain, true),
    ])
    func `an answer decides what may be done`(
        status: String, type: String, outcome: MailFailure.Outcome, needsOperator: Bool
    ) async throws {
        let server = try await ScriptedMailServer.start { line in
            guard line.isEmpty else { return .silence }
            return .bytes(
                "HTTP/1.1 \(status)\r\nx-amzn-ErrorType: \(type)\r\nContent-Length: 22\r\nConnection: close\r\n\r\n{\"message\":\"a\\r\\nb\u{7F}x\"}"
            )
        }
        let error = try await send(to: server)
        #expect(error?.outcome == outcome && error?.needsOperator == needsOperator, "\(String(describing: error))")
        #expect(error?.reply?.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } == true)
    }

    @Test func `an answer that does not come leaves open whether it was taken`() async throws {
        let server = try await ScriptedMailServer.start { $0.isEmpty ? .close : .silence }
        #expect(try await send(to: server)?.outcome == .perhapsTaken)
        let mute = try await ScriptedMailServer.start { _ in .silence }
        #expect(try await send(to: mute, timeout: .milliseconds(300))?.outcome == .perhapsTaken)
        #expect(mute.lines.contains { $0.hasPrefix("Authorization: AWS4-HMAC-SHA256 Credential=AKID/") })
    }

    private func send(to server: ScriptedMailServer, timeout: Duration = .seconds(30)) async throws -> MailFailure? {
        var configuration = SESConfiguration(region: "eu-west-1", endpoint: "http://127.0.0.1:\(server.port)")
        configuration.timeout = timeout
        let transport = SESTransport(configuration, credentials: Self.credentials)
        let message = try mail()
        return await failure { () throws(MailFailure) in try await transport.send(message) }
    }
}
