import AsyncHTTPClient
import Foundation
import HTTPKit
import Loopback
import NIOCore
import NIOHTTP1
import Spans
import Tracing

/// How this process asks the issuer for anything: who answers decides whose tokens hold, so it asks the address it was
/// given and no other, not in the clear over a network, and waits and reads no more than was said.
enum IssuerClient {
    struct Answer: Sendable {
        var status: HTTPResponseStatus
        var body: Data
    }

    struct Unreadable: Error {
        var status: String
    }

    /// Follows no redirects: they would let whoever answers choose the issuer, over plain HTTP too. Lives as long as the
    /// process. Traced where somebody listens when it is first used.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // Who asks has a pace of its own; the client's would grow to a minute and outlast the outage.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tracing.tracer = InstrumentationSystem.listener
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Whether `url` is `https`, or `http` to this machine, or to anywhere when `allowsPlaintext`.
    static func mayAsk(_ url: String, allowsPlaintext: Bool) -> Bool {
        guard let parsed = URL(string: url) else { return false }
        switch parsed.scheme?.lowercased() {
        case "https": return parsed.host?.isEmpty == false
        case "http": return allowsPlaintext || parsed.host.map(Loopback.contains) == true
        default: return false
        }
    }

    /// Fails when the answer is larger than `largest` bytes, or not there in whole within `time`.
    static func answer(
        to request: HTTPClientRequest, within time: Duration, atMost largest: Int
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await send(request, time, largest) }
            group.addTask {
                // The time-out: the client's own ends with the head, and a body may come by the byte.
                try await Task.sleep(for: time)
                throw Unreadable(status: "not there within \(time)")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw Unreadable(status: "cancelled") }
            return answer
        }
    }

    private static func send(_ request: HTTPClientRequest, _ time: Duration, _ largest: Int) async throws -> Answer {
        var request = request
        if client.tracer == nil { RequestScope.current?.inject(into: &request.headers, using: HeaderInjector()) }
        let response = try await client.execute(
            request, timeout: .milliseconds(Int64(time / .milliseconds(1))))
        let body = Data(try await response.body.collect(upTo: largest).readableBytesView)
        return Answer(status: response.status, body: body)
    }
}

private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout HTTPHeaders) {
        headers.replaceOrAdd(name: key, value: value)
    }
}
