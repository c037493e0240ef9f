import AsyncHTTPClient
import DomainKit
import Foundation
public import IdentityEvents
import NIOHTTP1

/// The identity events, asked for at user-service: `GET /internal/v1/revocations`.
public struct HTTPRevocationFeed: IdentityFeed {
    /// Some thousand events; user-service gives fewer at a time.
    static let largestPage = 2 * 1_024 * 1_024

    private let address: String
    private let tokens: ServiceTokenSource
    private let timeout: Duration

    /// - Parameters:
    ///   - url: where user-service is, inside the platform.
    ///   - tokens: gives tokens with the scope `identity:events`.
    ///   - allowsPlaintext: takes `http://` to other machines too, where a mesh encrypts what is between them.
    public init(
        url: String, tokens: ServiceTokenSource, allowsPlaintext: Bool = false, timeout: Duration = .seconds(5)
    ) throws(UnusableIdentityURL) {
        address = try UnusableIdentityURL.usable(url, allowsPlaintext: allowsPlaintext) + "/internal/v1/revocations"
        self.tokens = tokens
        self.timeout = timeout
    }

    /// With tokens of its own, which a client gets that may have the scope `identity:events`.
    public init(
        url: String, clientID: String, secret: String, allowsPlaintext: Bool = false
    ) throws(UnusableIdentityURL) {
        let tokens = try ServiceTokenSource(
            url: url, clientID: clientID, secret: secret, scope: "identity:events", allowsPlaintext: allowsPlaintext)
        try self.init(url: url, tokens: tokens, allowsPlaintext: allowsPlaintext)
    }

    /// Fails when there is no token to be had, when user-service does not answer in time, and for an answer that cannot be
    /// read: one event that is left out would be a ban that is lost.
    public func events(after position: IdentityPosition?) async throws -> IdentityPage {
        let url = address + (position.map { "?after=\($0)" } ?? "")
        let answer = try await tokens.authorizing { token in
            var request = HTTPClientRequest(url: url)
            request.headers = ["Authorization": "Bearer \(token)", "Accept": "application/json"]
            return try await IssuerClient.answer(to: request, within: timeout, atMost: Self.largestPage)
        }
        guard answer.status == .ok else { throw IssuerClient.Unreadable(status: "\(answer.status)") }
        return try JSONDecoder().decode(PageBody.self, from: answer.body).page()
    }

    private struct PageBody: Decodable {
        let items: [EventBody]
        let next: String

        func page() throws -> IdentityPage {
            guard let next = IdentityPosition(next) else {
                throw IssuerClient.Unreadable(status: "no place to go on from")
            }
            return IdentityPage(events: try items.map { try $0.event() }, next: next)
        }
    }

    private struct EventBody: Decodable {
        let seq: Int64
        let tag: String
        let kind: String
        let user: UUID
        let session: UUID?
        let epoch: Int64
        let at: String

        enum CodingKeys: String, CodingKey {
            case seq, tag, kind, epoch, at
            case user = "user_id"
            case session = "session_id"
        }

        func event() throws -> IdentityEvent {
            guard let at = RFC3339.date(from: at) else {
                throw IssuerClient.Unreadable(status: "an event without a time")
            }
            return IdentityEvent(
                seq: seq, tag: tag, kind: IdentityEvent.Kind(rawValue: kind), userID: user, sessionID: session,
                epoch: epoch, at: at)
        }
    }
}
