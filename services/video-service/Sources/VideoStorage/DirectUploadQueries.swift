import DomainKit
import Foundation
import Postgres
import VideoDomain

/// The SQL of uploads whose bytes come in numbered parts.
enum DirectUploadQueries {
    /// The row as it is from then on, whatever it is.
    static func extend(_ id: UploadID, of owner: UserID, to expiry: Date) -> SQL {
        """
        UPDATE uploads SET expires_at = CASE state WHEN 'direct' THEN GREATEST(expires_at, \(expiry)) ELSE expires_at END
        WHERE id = \(id.uuid) AND owner_id = \(owner.uuid) RETURNING \(sql: UploadQueries.columns)
        """
    }

    static func note(_ step: DirectStep, of id: UploadID, _ lease: Lease) -> SQL {
        """
        WITH found AS (
            SELECT id, COALESCE(lease_token = \(lease.token) AND lease_until IS NOT NULL, FALSE) AS is_ours
            FROM uploads WHERE id = \(id.uuid) FOR UPDATE
        ), noted AS (
            UPDATE uploads SET \(sql: change(step)) FROM found
            WHERE uploads.id = found.id AND found.is_ours AND uploads.state IN ('direct', 'completing')
        )
        SELECT is_ours FROM found
        """
    }

    private static func change(_ step: DirectStep) -> SQL {
        switch step {
        case .completing(let sha256): "state = 'completing', sha256 = \(sha256)"
        case .moved(let media): "media_handle = \(media.id)"
        case .active: "state = 'direct', sha256 = NULL"
        }
    }
}
