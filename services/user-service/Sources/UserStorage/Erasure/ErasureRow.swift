import DomainKit
import Foundation
import IdentityEvents
import Postgres
import UserDomain

/// How an erasure is laid out in a row of `erasures e`.
enum ErasureRow {
    static let columns: SQL = """
        e.user_id, e.seq, e.tag, e.at, e.finished_at,
        (SELECT coalesce(json_agg(json_build_object('service', r.service, 'removed', r.removed,
             'at', extract(epoch FROM r.at)) ORDER BY r.service), '[]')::text
         FROM erasure_reports r WHERE r.user_id = e.user_id)
        """

    static func account(_ row: PostgresRow) throws -> ErasedAccount {
        ErasedAccount(
            userID: try row[0, as: UUID.self],
            position: IdentityPosition(seq: try row[1, as: Int64.self], tag: try row[2, as: UUID.self].lowercased),
            at: try row[3, as: Date.self])
    }

    static func read(_ row: PostgresRow) throws -> Erasure {
        let reports = try JSONDecoder().decode([Report].self, from: Data(try row[5, as: String.self].utf8))
        return Erasure(
            account: try account(row), finishedAt: try row[4, as: Date?.self],
            reports: reports.map {
                ErasureReport(service: $0.service, removed: $0.removed, at: Date(timeIntervalSince1970: $0.at))
            })
    }

    private struct Report: Decodable {
        let service: String
        let removed: [String: Int64]
        let at: Double
    }
}
