import AsyncHTTPClient
import DomainKit
import Foundation
import NIOCore
import NIOHTTP1

/// A route of user-service that services alone may call, and what lies below it; asked with tokens of its own.
struct IssuerRoute: Sendable {
    /// Lists of user-service's are some twenty kilobytes.
    private static let largestAnswer = 1_024 * 1_024

    private let address: String
    private let tokens: ServiceTokenSource
    private let timeout: Duration

    /// - Parameters:
    ///   - url: where user-service is, inside the platform.
    ///   - scope: what the client must be allowed.
    ///   - allowsPlaintext: takes `http://` to other machines too, where a mesh encrypts what is between them.
    init(
        _ path: String, at url: String, clientID: String, secret: String, scope: String, allowsPlaintext: Bool,
        timeout: Duration
    ) throws(UnusableIdentityURL) {
        tokens = try ServiceTokenSource(
            url: url, clientID: clientID, secret: secret, scope: scope, allowsPlaintext: allowsPlaintext)
        address = try UnusableIdentityURL.usable(url, allowsPlaintext: allowsPlaintext) + path
        self.timeout = timeout
    }

    /// Fails without a token, without an answer in time, and for any answer but 200.
    func get(_ rest: String = "") async throws -> Data {
        let answer = try await tokens.authorizing { token in
            var request = HTTPClientRequest(url: address + rest)
            request.headers = ["Authorization": "Bearer \(token)", "Accept": "application/json"]
            return try await IssuerClient.answer(to: request, within: timeout, atMost: Self.largestAnswer)
        }
        guard answer.status == .ok else { throw IssuerClient.Unreadable(status: "\(answer.status)") }
        return answer.body
    }

    /// Fails as above, and for any answer but 204.
    func put(_ json: ByteBuffer, at rest: String) async throws {
        let answer = try await tokens.authorizing { token in
            var request = HTTPClientRequest(url: address + rest)
            request.method = .PUT
            request.headers = ["Authorization": "Bearer \(token)", "Content-Type": "application/json"]
            request.body = .bytes(json)
            return try await IssuerClient.answer(to: request, within: timeout, atMost: Self.largestAnswer)
        }
        guard answer.status == .noContent else { throw IssuerClient.Unreadable(status: "\(answer.status)") }
    }
}
