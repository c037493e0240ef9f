import AuthKit
import DomainKit
import IdentityEvents
import VideoDomain
import VideoHTTP
import VideoStorage

extension RevocationTable {
    /// Fails: `user.banned`, `video.link-revoked`; `unavailable`, while nobody can say.
    func requireGood(_ holder: LinkHolder) throws(Failure) {
        guard isCurrent else { throw .unavailable("identity") }
        switch standing(of: holder.userID.uuid, session: holder.sessionID, epoch: holder.epoch) {
        case .good: return
        case .void: throw .linkRevoked
        case .banned: throw .banned
        }
    }
}

/// What identity events tell of accounts: that a ban is on. It is forgotten when no token from before it can be left, so
/// it tells of bans that began while an upload ran, and not of all there are.
struct ToldStandings: AccountStandings {
    let revocations: RevocationTable

    func requireGood(_ user: UserID) throws(Failure) {
        guard revocations.isCurrent else { throw .unavailable("identity") }
        // As of the oldest token there could be: any newer event of the account makes it void, and a ban banned.
        if revocations.standing(of: user.uuid, session: nil, epoch: 0) == .banned { throw .banned }
    }
}
