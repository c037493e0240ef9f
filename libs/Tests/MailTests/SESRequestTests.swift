import AWSSigning
import Foundation
import Mail
import PlatformTesting
import Synchronization
import Testing

/// What SES is sent, and when nothing is.
@Suite struct SESRequestTests {
    private struct Body: Decodable {
        let sender: String
        let bounces: String?
        let destination: [String: [String]]
        let content: [String: [String: Data]]
        let configurationSet: String?

        enum CodingKeys: String, CodingKey {
            case sender = "FromEmailAddress"
            case bounces = "FeedbackForwardingEmailAddress"
            case destination = "Destination"
            case content = "Content"
            case configurationSet = "ConfigurationSetName"
        }
    }

    private func transport(_ url: String, set: String? = nil) -> SESTransport {
        SESTransport(
            SESConfiguration(region: "eu-west-1", endpoint: url, configurationSet: set),
            credentials: StaticCredentials(AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hunter2")))
    }

    @Test func `all receivers, whom it comes back to and the set are in it, and it is signed for this moment`()
        async throws
    {
        let server = try await ScriptedHTTPServer.start { _ in .answer(.init(200)) }
        let bounces = try MailAddress("bounces@hiroba.example")
        let message = try mail(to: ["a@example.com", "b@example.com"], returnPath: .address(bounces))
        try await transport(server.url, set: "audited").send(message)
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1 && request.line == "POST /v2/email/outbound-emails HTTP/1.1")
        let body = try JSONDecoder().decode(Body.self, from: Data(request.body))
        #expect(body.sender == "no-reply@hiroba.example")
        #expect(body.bounces == "bounces@hiroba.example")
        #expect(body.destination["ToAddresses"] == ["a@example.com", "b@example.com"])
        #expect(body.content["Raw"]?["Data"] == Data(message.bytes()))
        #expect(body.configurationSet == "audited")
        let time = try #require(request.field("x-amz-date"))
        let signed = try Date(time, strategy: Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
        #expect(abs(signed.timeIntervalSinceNow) < 60, "SES takes no signature of five minutes ago")
        try await transport(server.url).send(try mail())
        let plain = try JSONDecoder().decode(Body.self, from: Data(try #require(server.requests.last).body))
        #expect(plain.configurationSet == nil && plain.bounces == nil)
    }

    @Test func `nobody else is sent a message because SES says so`() async throws {
        let other = try await ScriptedHTTPServer.start { _ in .answer(.init(200)) }
        let server = try await ScriptedHTTPServer.start { [url = other.url] request in
            .answer(.init(307, [("Location", url + request.target)]))
        }
        let message = try mail()
        let error = await failure { () throws(MailFailure) in try await transport(server.url).send(message) }
        #expect(error?.outcome == .tryAgain && error?.needsOperator == true)
        #expect(other.requests.isEmpty)
    }

    @Test func `who is stopped before sends nothing, and who is stopped after hears what became of it`() async throws {
        let sending = Mutex<Task<MailFailure?, Never>?>(nil)
        let server = try await ScriptedHTTPServer.start { _ in
            sending.withLock { $0?.cancel() }
            return .answer(.init(200))
        }
        let (message, transport) = (try mail(), transport(server.url))
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure { () throws(MailFailure) in try await transport.send(message) }
        }
        #expect(await early.value?.outcome == .tryAgain)
        #expect(server.requests.isEmpty)
        let late = sending.withLock { sending in
            let task = Task { await failure { () throws(MailFailure) in try await transport.send(message) } }
            sending = task
            return task
        }
        #expect(await late.value == nil)
        #expect(late.isCancelled && server.requests.count == 1)
    }

    @Test func `of what SES says no more is kept than somebody reads`() async throws {
        let words = String(repeating: "x", count: 60_000)
        let server = try await ScriptedHTTPServer.start { _ in
            .answer(.init(400, [("x-amzn-ErrorType", "MessageRejected")], #"{"message":"\#(words)"}"#))
        }
        let message = try mail()
        let error = await failure { () throws(MailFailure) in try await transport(server.url).send(message) }
        #expect(error?.outcome == .refused && error?.reply?.text == String(words.prefix(512)))
    }
}
