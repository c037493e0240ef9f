import DomainKit
import Encodings
public import Foundation
import HTTPKit
public import IdentityEvents

/// The accounts that were erased, asked for at user-service, and what is reported of them there.
public struct HTTPErasureFeed: ErasureFeed {
    private let route: IssuerRoute

    /// With tokens of its own, which a client gets that may have the scope `identity:events`.
    ///
    /// - Parameters:
    ///   - url: where user-service is, inside the platform.
    ///   - allowsPlaintext: takes `http://` to other machines too, where a mesh encrypts what is between them.
    public init(
        url: String, clientID: String, secret: String, allowsPlaintext: Bool = false, timeout: Duration = .seconds(5)
    ) throws(UnusableIdentityURL) {
        route = try IssuerRoute(
            "/internal/v1/erasures", at: url, clientID: clientID, secret: secret, scope: "identity:events",
            allowsPlaintext: allowsPlaintext, timeout: timeout)
    }

    /// Fails without a token, without an answer in time, and for one that cannot be read: an erasure that is left out would
    /// never be done.
    public func erasures(after position: IdentityPosition?) async throws -> ErasurePage {
        let body = try await route.get(position.map { "?after=\($0)" } ?? "")
        return try JSONDecoder().decode(PageBody.self, from: body).page()
    }

    /// Fails as above; also for an account that user-service does not know as an erased one.
    public func report(_ removed: [String: Int64], of user: UUID) async throws {
        try await route.put(JSONWriter.buffer(of: ReportBody(removed: removed)), at: "/\(user.lowercased)/report")
    }

    private struct ReportBody: JSONWritable {
        let removed: [String: Int64]

        func write(to json: inout JSONWriter) {
            json.object { $0.member("removed", RemovedCounts(counts: removed)) }
        }
    }

    private struct PageBody: Decodable {
        let items: [ItemBody]
        let next: String

        func page() throws -> ErasurePage {
            guard let next = IdentityPosition(next) else {
                throw IssuerClient.Unreadable(status: "no place to go on from")
            }
            return ErasurePage(items: try items.map { try $0.erasure() }, next: next)
        }
    }

    private struct ItemBody: Decodable {
        let seq: Int64
        let tag: String
        let user: UUID
        let at: String

        enum CodingKeys: String, CodingKey {
            case seq, tag, at
            case user = "user_id"
        }

        func erasure() throws -> ErasedAccount {
            guard let at = RFC3339.date(from: at) else {
                throw IssuerClient.Unreadable(status: "an erasure without a time")
            }
            return ErasedAccount(userID: user, position: IdentityPosition(seq: seq, tag: tag), at: at)
        }
    }
}

/// How much of what was removed, as JSON in one order.
struct RemovedCounts: JSONWritable {
    let counts: [String: Int64]

    func write(to json: inout JSONWriter) {
        json.object { body in
            for (kind, count) in counts.sorted(by: { $0.key < $1.key }) { body.member(kind, count) }
        }
    }
}
