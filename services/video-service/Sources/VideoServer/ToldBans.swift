import AuthKit
import Caching
import DomainKit
import Foundation
import IdentityEvents
import Synchronization
import VideoDomain

/// The bans that identity events tell of, for what is done for an account while it is not asking.
///
/// The table of void tokens says of an account's newest event alone whether it was a ban, and forgets it with the last token
/// from before. Here a ban stands until its end is told, whatever else becomes of the account. Of those that began long before
/// this process did nothing is known, nor of older ones when there are more than it keeps.
final class ToldBans: AccountStandings {
    private struct Row {
        let epoch: Int64
        let isBanned: Bool
    }

    private let rows = Mutex(RecentlyUsed<UUID, Row>(capacity: 100_000))
    private let revocations: RevocationTable

    /// Hears of all that `revocations` does from then on.
    init(_ revocations: RevocationTable) {
        self.revocations = revocations
        revocations.observe { [weak self] event in self?.apply(event) }
    }

    func requireGood(_ user: UserID) throws(Failure) {
        guard revocations.isCurrent else { throw .unavailable("identity-events") }
        if rows.withLock({ $0.value(for: user.uuid)?.isBanned }) == true { throw .banned }
    }

    /// Events come twice and late: the account's epoch says which is the newer one.
    private func apply(_ event: IdentityEvent) {
        guard event.kind == .banned || event.kind == .banLifted else { return }
        rows.withLock { rows in
            if let known = rows.value(for: event.userID), known.epoch >= event.epoch { return }
            rows.insert(Row(epoch: event.epoch, isBanned: event.kind == .banned), for: event.userID)
        }
    }
}
