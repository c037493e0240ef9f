import DomainKit
public import Foundation
import HTTPKit
public import IdentityEvents
import NIOCore

/// The exports that wait for a service's part, asked for at user-service, and where the part is given.
public struct HTTPDataExportFeed: DataExportFeed {
    private let route: IssuerRoute

    /// With tokens of its own, which a client gets that may have the scope `users:read`.
    ///
    /// - Parameters:
    ///   - url: where user-service is, inside the platform.
    ///   - allowsPlaintext: takes `http://` to other machines too, where a mesh encrypts what is between them.
    public init(
        url: String, clientID: String, secret: String, allowsPlaintext: Bool = false, timeout: Duration = .seconds(10)
    ) throws(UnusableIdentityURL) {
        route = try IssuerRoute(
            "/internal/v1/data-exports", at: url, clientID: clientID, secret: secret, scope: "users:read",
            allowsPlaintext: allowsPlaintext, timeout: timeout)
    }

    /// Fails without a token, without an answer in time, and for one that cannot be read.
    public func exports() async throws -> [ExportTask] {
        try JSONDecoder().decode(PageBody.self, from: try await route.get()).items.map {
            ExportTask(id: $0.id, userID: $0.user, next: $0.next, place: $0.place)
        }
    }

    /// Fails as above; also for an export that is not running any more.
    public func give(_ piece: ExportPiece, number: Int, to export: UUID) async throws {
        var query = "kind=\(FormText.encode(piece.kind))"
        if let place = piece.place { query += "&place=\(FormText.encode(place))" }
        try await route.put(
            ByteBuffer(bytes: piece.content), at: "/\(export.lowercased)/pieces/\(number)?\(query)")
    }

    private struct PageBody: Decodable {
        let items: [ItemBody]
    }

    private struct ItemBody: Decodable {
        let id: UUID
        let user: UUID
        let next: Int
        let place: String?

        enum CodingKeys: String, CodingKey {
            case id, next, place
            case user = "user_id"
        }
    }
}
