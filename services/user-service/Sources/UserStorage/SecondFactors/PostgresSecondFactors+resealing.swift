import DomainKit
import Foundation
import Postgres
import SealedSecrets
import StorageKit
import UserDomain

extension PostgresSecondFactors {
    /// What became of secrets that another key had sealed.
    public struct Resealing: Sendable, Hashable {
        public var resealed = 0
        /// Open to neither key.
        public var shut = 0
    }

    /// Seals with the present key what `former` sealed, some at a time, each on its own: it can be broken off and done again.
    /// What the present key opens already stays.
    ///
    /// Fails: unavailable.
    public func reseal(from former: KeyEncryptionKey, batch: Int = 500) async throws -> Resealing {
        var (after, found) = (UUID?.none, Resealing())
        while true {
            let rows = try await fromPostgres {
                try await database.query(
                    """
                    SELECT user_id, id, sealed_secret FROM totp_factors
                    WHERE \(after)::uuid IS NULL OR user_id > \(after) ORDER BY user_id LIMIT \(batch)
                    """
                ).decode((UUID, UUID, Data).self)
            }
            for (user, id, sealed) in rows {
                let place = Self.place(of: SecondFactorID(id), UserID(user))
                if (try? ring.open(sealed, in: place)) != nil { continue }
                guard let secret = try? former.ring.open(sealed, in: place) else {
                    found.shut += 1
                    continue
                }
                let anew = try ring.seal(secret, in: place)
                // Unless it was begun again meanwhile.
                found.resealed += try await fromPostgres {
                    try await database.execute(
                        "UPDATE totp_factors SET sealed_secret = \(anew) WHERE id = \(id) AND sealed_secret = \(sealed)"
                    )
                }
            }
            guard rows.count == batch, let last = rows.last else { return found }
            after = last.0
        }
    }
}
