import DomainKit
import Foundation
import Postgres
import UserDomain

/// An account as a sign-in has seen it.
struct CheckedAccount {
    let id: UserID
    let hash: PasswordHash
    let epoch: Int64
    let secondFactor: SecondFactorID?
    /// Put in the hash's place.
    let strengthened: PasswordHash?

    init(_ opening: SessionOpening) {
        id = opening.userID
        hash = opening.checked
        epoch = opening.epoch
        secondFactor = opening.secondFactor
        strengthened = opening.strengthened
    }

    init(_ step: SignInStep) {
        id = step.userID
        hash = step.checked
        epoch = step.epoch
        secondFactor = step.factor
        strengthened = step.strengthened
    }

    /// One row of `id, epoch`, locked, if the account is still so; with a stronger hash, that is put in its place.
    var row: SQL {
        let isSo: SQL = """
            id = \(id.uuid) AND password_hash = \(hash.phc) AND epoch = \(epoch)
            AND second_factor IS NOT DISTINCT FROM \(secondFactor?.uuid)::uuid
            """
        guard let strengthened else { return "SELECT id, epoch FROM users WHERE \(sql: isSo) FOR SHARE" }
        return "UPDATE users SET password_hash = \(strengthened.phc) WHERE \(sql: isSo) RETURNING id, epoch"
    }
}
