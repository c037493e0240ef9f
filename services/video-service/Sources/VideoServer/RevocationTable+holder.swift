import AuthKit
import DomainKit
import IdentityEvents
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
