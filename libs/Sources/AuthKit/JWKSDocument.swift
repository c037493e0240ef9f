import AsyncHTTPClient
import Foundation
import NIOHTTP1

/// The bytes behind a `JWKS_URL`.
struct JWKSDocument: Sendable {
    /// Enough for a thousand keys.
    static let largest = 256 * 1_024

    let url: String
    private let path: String?
    private let timeout: Duration

    /// Nil for a URL that is not `https` or `file`, nor `http` to this machine, or anywhere when `allowsPlaintext`.
    init?(url: String, allowsPlaintext: Bool = false, timeout: Duration = .seconds(5)) {
        if let parsed = URL(string: url), parsed.scheme?.lowercased() == "file" {
            path = parsed.path
        } else {
            guard IssuerClient.mayAsk(url, allowsPlaintext: allowsPlaintext) else { return nil }
            path = nil
        }
        self.url = url
        self.timeout = timeout
    }

    /// Fails when it is larger than `largest`, or not there in whole within the time.
    func read() async throws -> Data {
        if let path { return try Self.file(path) }
        let answer = try await IssuerClient.answer(
            to: HTTPClientRequest(url: url), within: timeout, atMost: Self.largest)
        guard answer.status == .ok else { throw IssuerClient.Unreadable(status: "\(answer.status)") }
        return answer.body
    }

    private static func file(_ path: String) throws -> Data {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        let data = try handle.read(upToCount: largest + 1) ?? Data()
        guard data.count <= largest else { throw IssuerClient.Unreadable(status: "larger than \(largest) bytes") }
        return data
    }
}
