import AsyncHTTPClient
import Foundation
import HTTPKit
import NIOCore
import NIOHTTP1
import Spans
import Tracing

/// The bytes behind a `JWKS_URL`: who serves them decides whose tokens hold, so they come from that address and no other,
/// and not in the clear over a network.
struct JWKSDocument: Sendable {
    struct Unreadable: Error {
        var status: String
    }

    /// Enough for a thousand keys.
    static let largest = 256 * 1_024

    /// Follows no redirects: they would let whoever answers choose the issuer, over plain HTTP too. Lives as long as the
    /// process. Traced where somebody listens when it is first used.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.tracing.tracer = InstrumentationSystem.listener
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    let url: String
    private let path: String?
    private let timeout: Duration

    /// Nil for a URL that is not `https` or `file`, nor `http` to this machine, or anywhere when `allowsPlaintext`.
    init?(url: String, allowsPlaintext: Bool = false, timeout: Duration = .seconds(5)) {
        guard let parsed = URL(string: url) else { return nil }
        switch parsed.scheme?.lowercased() {
        case "file": path = parsed.path
        case "https" where parsed.host?.isEmpty == false: path = nil
        case "http" where allowsPlaintext || Self.isLoopback(parsed.host): path = nil
        default: return nil
        }
        self.url = url
        self.timeout = timeout
    }

    /// Fails when it is larger than `largest`, or not there in whole within the time.
    func read() async throws -> Data {
        if let path { return try Self.file(path) }
        return try await withThrowingTaskGroup(of: Data.self) { group in
            group.addTask { try await fetch() }
            group.addTask {
                // The time-out: the client's own ends with the head, and a body may come by the byte.
                try await Task.sleep(for: timeout)
                throw Unreadable(status: "not there within \(timeout)")
            }
            defer { group.cancelAll() }
            guard let data = try await group.next() else { throw Unreadable(status: "cancelled") }
            return data
        }
    }

    private func fetch() async throws -> Data {
        let wait = TimeAmount.milliseconds(Int64(timeout / .milliseconds(1)))
        var request = HTTPClientRequest(url: url)
        if Self.client.tracer == nil { RequestScope.current?.inject(into: &request.headers, using: HeaderInjector()) }
        let response = try await Self.client.execute(request, timeout: wait)
        guard response.status == .ok else { throw Unreadable(status: "\(response.status)") }
        return Data(try await response.body.collect(upTo: Self.largest).readableBytesView)
    }

    private static func file(_ path: String) throws -> Data {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        let data = try handle.read(upToCount: largest + 1) ?? Data()
        guard data.count <= largest else { throw Unreadable(status: "larger than \(largest) bytes") }
        return data
    }

    private static func isLoopback(_ host: String?) -> Bool {
        guard let host = host?.lowercased() else { return false }
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        var address = in_addr()
        return inet_pton(AF_INET, host, &address) == 1 && UInt32(bigEndian: address.s_addr) >> 24 == 127
    }
}

private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout HTTPHeaders) {
        headers.replaceOrAdd(name: key, value: value)
    }
}
