import DomainKit
import Postgres
import VideoDomain

/// The SQL of what accounts hold. The rows are counted by triggers, see `0005_holdings.sql`.
enum HoldingQueries {
    /// What an account holds, which stays until the transaction ends; its row is made if there is none.
    static func lock(_ owner: UserID) -> SQL {
        """
        INSERT INTO holdings AS held (owner_id) VALUES (\(owner.uuid))
        ON CONFLICT (owner_id) DO UPDATE SET uploads = held.uploads
        RETURNING uploads, videos, bytes
        """
    }

    static func find(_ owner: UserID) -> SQL {
        "SELECT uploads, videos, bytes FROM holdings WHERE owner_id = \(owner.uuid)"
    }

    static func holdings(_ row: PostgresRow) throws -> Holdings {
        let (uploads, videos, bytes) = try row.decode((Int64, Int64, Int64).self)
        return Holdings(uploads: uploads, videos: videos, bytes: bytes)
    }
}
