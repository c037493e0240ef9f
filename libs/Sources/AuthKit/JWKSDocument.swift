import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The bytes behind a `JWKS_URL`.
struct JWKSDocument: Sendable {
    struct Unreadable: Error {
        var status: String
    }

    private static let largest = 256 * 1_024
    private static let timeout = TimeAmount.seconds(5)

    let url: String
    private let path: String?

    /// Nil for a URL that is not `http`, `https` or `file`.
    init?(url: String) {
        guard let parsed = URL(string: url) else { return nil }
        switch parsed.scheme?.lowercased() {
        case "file": path = parsed.path
        case "http", "https": path = nil
        default: return nil
        }
        self.url = url
    }

    func read() async throws -> Data {
        if let path { return try Data(contentsOf: URL(fileURLWithPath: path)) }
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: Self.timeout)
        guard response.status == .ok else { throw Unreadable(status: "\(response.status)") }
        return Data(try await response.body.collect(upTo: Self.largest).readableBytesView)
    }
}
