public import DomainKit
public import Foundation

/// Keeps somebody out of a room; open sockets of theirs stop hearing it.
public struct BanMember<Bans: BanStore, Events: RoomEvents>: Sendable {
    private let bans: Bans
    private let events: Events
    /// Who is not in the room can be kept from coming.
    private let rule = MembershipRule { standing in
        standing.caller.map { $0 >= .moderator && standing.user.map($0.removes) ?? true } ?? false
    }

    public init(bans: Bans, events: Events) {
        self.bans = bans
        self.events = events
    }

    /// The ban, and whether it is there only since now; the same again changes nothing.
    ///
    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `unavailable`; `invalid` for one that has ended already.
    public func callAsFunction(
        _ user: UserID, from id: RoomID, for reason: BanReason, until: Date?, as caller: UserID
    ) async throws(Failure) -> (ban: Ban, isNew: Bool) {
        let change = try await bans.ban(user, from: id, for: reason, until: until, as: caller, if: rule)
        guard let change else { throw .roomNotFound(id) }
        guard try change.standing.membership(of: id) >= .moderator else { throw .roleTooLow(in: id) }
        switch (change.outcome, change.ban) {
        case (.made(let number), let ban?):
            events.announce(
                .notice(RoomNotice(.memberBanned(user, until: ban.until, by: caller), in: id, change: number)))
            return (ban, !change.standing.isBanned)
        case (.unchanged, let ban?): return (ban, false)
        case (.over, _):
            throw .invalid([
                Violation(pointer: "/until", code: "not-in-the-future", detail: "A ban ends after it has begun.")
            ])
        default: throw .roleTooLow(in: id)
        }
    }
}
