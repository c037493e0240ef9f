import DomainKit
import Foundation
import Postgres
import UserDomain

extension PostgresSigningKeys {
    /// Seals with the present key what `former` sealed: all of it, or nothing. What the present one opens already stays, so
    /// that it can be done again. Returns how many were sealed anew.
    ///
    /// Fails: `signingKeyStaysShut`, when one of them is open to neither; unavailable.
    public func reseal(from former: KeyEncryptionKey) async throws -> Int {
        try await alone { transaction in
            var resealed = 0
            for row in try await transaction.query("SELECT id, sealed_private_key FROM signing_keys ORDER BY id") {
                let (id, sealed) = try row.decode((String, Data).self)
                if (try? sealing.open(sealed, as: id)) != nil { continue }
                guard let raw = try? former.open(sealed, as: id) else { throw Failure.signingKeyStaysShut(id) }
                try await transaction.execute(
                    "UPDATE signing_keys SET sealed_private_key = \(sealing.seal(raw, as: id)) WHERE id = \(id)")
                resealed += 1
            }
            return resealed
        }
    }
}

extension Failure {
    /// Both keys are other ones than what it was sealed with.
    static func signingKeyStaysShut(_ id: String) -> Failure {
        Failure(
            .conflict, code: "user.signing-key-stays-shut",
            message: "Neither KEY_ENCRYPTION_KEY nor the former key opens \(id). Nothing was changed.")
    }
}
