import DataExports
public import DomainKit
public import Foundation
public import IdentityEvents
public import Postgres
import StorageKit
public import UserDomain

/// Exports in PostgreSQL, pieces and all: they are few, short-lived and bounded, and go with the account.
public struct PostgresDataExports: DataExportStore {
    /// Of all pieces together: an archive without zip64, and less than a small database's disk.
    static let most = 2_000_000_000
    /// Of one service, so that the directory of the archive fits in memory and in its format.
    static let mostPieces = 20_000
    /// What a piece holds that says there is nothing.
    static let nothing = ExportPiece("none", rows: [], next: nil).content
    /// Exports that a service is given at a time.
    static let page = 20

    let database: PostgresClient
    private let life: Duration
    private let patience: Duration

    /// - Parameters:
    ///   - life: so long it can be fetched.
    ///   - patience: so long services have to give their parts.
    public init(
        database: PostgresClient, life: Duration = .seconds(7 * 86_400), patience: Duration = .seconds(86_400)
    ) {
        self.database = database
        self.life = life
        self.patience = patience
    }

    private static let columns: SQL = """
        x.id, CASE WHEN x.ready_at IS NOT NULL THEN 'ready' WHEN x.fails_at > now() THEN 'running' ELSE 'failed' END,
        CASE WHEN x.ready_at IS NULL AND x.fails_at <= now() THEN coalesce(x.failure, 'out-of-time') END,
        x.created_at, x.expires_at
        """

    private static func read(_ row: PostgresRow) throws -> DataExport {
        let (id, state, reason, createdAt, expiresAt) = try row.decode((UUID, String, String?, Date, Date).self)
        return DataExport(
            id: DataExportID(id), state: DataExport.State(rawValue: state) ?? .failed,
            reason: reason.flatMap { DataExport.Reason(rawValue: $0) }, createdAt: createdAt, expiresAt: expiresAt)
    }

    public func begin(
        _ id: DataExportID, of user: UserID, in session: SessionID?, on device: Device
    ) async throws -> DataExport? {
        let rows = try await fromPostgres {
            try await database.atomically([
                // Of two at once the second one finds the first one's.
                "SELECT id FROM users WHERE id = \(user.uuid) FOR NO KEY UPDATE",
                """
                WITH begun AS (
                    INSERT INTO data_exports (id, user_id, fails_at, expires_at)
                    SELECT \(id.uuid)::uuid, u.id, now() + \(patience / .seconds(1)) * interval '1 second',
                           now() + \(life / .seconds(1)) * interval '1 second'
                    FROM users u WHERE u.id = \(user.uuid) AND NOT EXISTS (
                        SELECT FROM data_exports x WHERE x.user_id = u.id AND x.expires_at > now()
                          AND x.created_at > now() - interval '1 day')
                    ON CONFLICT (id) DO NOTHING RETURNING user_id AS id
                )
                \(sql: SecurityEventRow.insertion(.dataExportRequested, of: "begun", session: session, device: device))
                """,
                """
                UPDATE data_exports f SET expires_at = now() WHERE f.user_id = \(user.uuid) AND f.expires_at > now()
                  AND EXISTS (SELECT FROM data_exports x WHERE x.user_id = f.user_id AND x.expires_at > now()
                              AND (x.created_at, x.id) > (f.created_at, f.id))
                """,
                """
                SELECT \(sql: Self.columns) FROM data_exports x WHERE x.user_id = \(user.uuid) AND x.expires_at > now()
                ORDER BY x.created_at DESC, x.id DESC LIMIT 1
                """,
            ])
        }
        return try rows[3].first.map(Self.read)
    }

    public func export(_ id: DataExportID, of user: UserID) async throws -> DataExport? {
        try await fromPostgres {
            try await database.first(
                """
                SELECT \(sql: Self.columns) FROM data_exports x
                WHERE x.id = \(id.uuid) AND x.user_id = \(user.uuid) AND x.expires_at > now()
                """
            ).map(Self.read)
        }
    }

    public func tasks(of service: String) async throws -> [ExportTask] {
        try await fromPostgres {
            try await database.query(
                """
                SELECT x.id, x.user_id, coalesce(f.number + 1, 0), f.place FROM data_exports x
                LEFT JOIN LATERAL (
                    SELECT number, place FROM data_export_files
                    WHERE export_id = x.id AND service = \(service) ORDER BY number DESC LIMIT 1
                ) f ON true
                WHERE \(sql: Self.isRunning) AND (f.number IS NULL OR f.place IS NOT NULL)
                ORDER BY random() LIMIT \(Self.page)
                """
            ).map {
                ExportTask(
                    id: try $0[0, as: UUID.self], userID: try $0[1, as: UUID.self],
                    next: Int(try $0[2, as: Int32.self]), place: try $0[3, as: String?.self])
            }
        }
    }

    public func take(_ piece: ExportPiece, number: Int, of id: DataExportID, from service: String) async throws {
        let rows = try await fromPostgres {
            try await database.atomically([
                // One piece at a time: of two last ones the second sees the first.
                "SELECT x.id FROM data_exports x WHERE x.id = \(id.uuid) AND \(sql: Self.isRunning) FOR UPDATE",
                Self.insertion(of: piece, number, of: id, from: service),
                """
                UPDATE data_exports x SET ready_at = now()
                WHERE x.id = \(id.uuid) AND \(sql: Self.isRunning) AND NOT EXISTS (
                    SELECT FROM unnest(\(DataExport.services.sorted())::text[]) AS s (name) WHERE NOT EXISTS (
                        SELECT FROM data_export_files f
                        WHERE f.export_id = x.id AND f.service = s.name AND f.place IS NULL))
                RETURNING x.id
                """,
            ])
        }
        guard !rows[0].isEmpty else { throw Failure.exportNotFound }
        if try rows[1].first?.decode(Bool.self) == true { Self.count(DataExport.Reason.tooLarge.rawValue) }
        if !rows[2].isEmpty { Self.count(DataExport.State.ready.rawValue) }
    }

    private static let isRunning: SQL = "x.ready_at IS NULL AND x.fails_at > now() AND x.expires_at > now()"

    /// Of the next piece alone, and with it what the export is then, which is too much some time.
    private static func insertion(
        of piece: ExportPiece, _ number: Int, of id: DataExportID, from service: String
    ) -> SQL {
        """
        WITH taken AS (
            INSERT INTO data_export_files (export_id, service, number, kind, place, checksum, content)
            SELECT x.id, \(service), \(Int32(clamping: number)), \(piece.kind), \(piece.place),
                   \(Int64(Checksum.crc32(piece.content))), \(piece.content)
            FROM data_exports x
            WHERE x.id = \(id.uuid) AND \(sql: isRunning) AND \(number)::bigint = (
                SELECT count(*) FROM data_export_files f WHERE f.export_id = x.id AND f.service = \(service))
              AND NOT EXISTS (SELECT FROM data_export_files f
                              WHERE f.export_id = x.id AND f.service = \(service) AND f.place IS NULL)
            RETURNING export_id, octet_length(content) AS size
        ), sized AS (
            SELECT x.id, x.bytes + t.size AS bytes,
                   x.bytes + t.size > \(most)::bigint OR \(number)::bigint >= \(mostPieces)::bigint AS is_too_large
            FROM data_exports x JOIN taken t ON t.export_id = x.id
        )
        UPDATE data_exports x SET bytes = s.bytes, failure = CASE WHEN s.is_too_large THEN 'too-large' END,
            fails_at = CASE WHEN s.is_too_large THEN now() ELSE x.fails_at END
        FROM sized s WHERE x.id = s.id RETURNING s.is_too_large
        """
    }

    public func files(of id: DataExportID, of user: UserID) async throws -> [DataExportFile]? {
        try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT f.service, f.number, f.kind, f.checksum, octet_length(f.content) FROM data_exports x
                JOIN data_export_files f ON f.export_id = x.id
                WHERE x.id = \(id.uuid) AND x.user_id = \(user.uuid) AND x.ready_at IS NOT NULL AND x.expires_at > now()
                  AND (f.number = 0 OR octet_length(f.content) > \(Self.nothing.count))
                ORDER BY f.service, f.number
                """)
            if rows.isEmpty { return nil }
            return try rows.map { row in
                let (service, number, kind, checksum, size) = try row.decode((String, Int32, String, Int64, Int32).self)
                return DataExportFile(
                    service: service, number: Int(number), kind: kind, checksum: UInt32(truncatingIfNeeded: checksum),
                    size: Int(size))
            }
        }
    }

    public func content(of file: DataExportFile, in id: DataExportID, range: Range<Int>) async throws -> Data? {
        try await fromPostgres {
            try await database.first(
                """
                SELECT substring(content FROM \(Int32(clamping: range.lowerBound)) + 1
                                 FOR \(Int32(clamping: range.count)))
                FROM data_export_files
                WHERE export_id = \(id.uuid) AND service = \(file.service) AND number = \(Int32(clamping: file.number))
                """)?.decode(Data.self)
        }
    }
}
