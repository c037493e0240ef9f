public import DomainKit

/// Lets somebody come into a room again who was kept out.
public struct LiftBan<Bans: BanStore, Events: RoomEvents>: Sendable {
    private let bans: Bans
    private let events: Events
    private let rule = MembershipRule { $0.isBanned && $0.caller.map { $0 >= .moderator } ?? false }

    public init(bans: Bans, events: Events) {
        self.bans = bans
        self.events = events
    }

    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `banNotFound`, `unavailable`.
    public func callAsFunction(of user: UserID, from id: RoomID, as caller: UserID) async throws(Failure) {
        guard let change = try await bans.liftBan(of: user, from: id, as: caller, if: rule) else {
            throw .roomNotFound(id)
        }
        guard try change.standing.membership(of: id) >= .moderator else { throw .roleTooLow(in: id) }
        guard case .made(let number) = change.outcome else { throw .banNotFound(user, in: id) }
        events.announce(.notice(RoomNotice(.banLifted(user, by: caller), in: id, change: number)))
    }
}
