public import DomainKit
public import Foundation

/// The port to the rooms' bans. Every method fails `unavailable` while the store is away.
///
/// A ban that has ended by the store's clock is not there.
public protocol BanStore: Sendable {
    /// Bans `user` and takes them out of the room, if `rule` allows it for what is found: one step, which no other change of
    /// the room comes between. A ban that is there gets this reason and end. Nil when there is no such room.
    func ban(
        _ user: UserID, from room: RoomID, for reason: BanReason, until: Date?, as caller: UserID,
        if rule: MembershipRule
    ) async throws(Failure) -> BanChange?
    /// Lifts the ban of `user`, as above.
    func liftBan(
        of user: UserID, from room: RoomID, as caller: UserID, if rule: MembershipRule
    ) async throws(Failure) -> BanChange?
    /// In the order of the users' ids, together with where `viewer` stands at that moment: who is no moderator gets none.
    /// Nil when there is no such room.
    func bans(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Ban>)?
}

/// What was found when a ban was to be made or lifted, and what became of it.
public struct BanChange: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        /// With the number of the change.
        case made(Int64)
        /// It was as it should be already.
        case unchanged
        /// The rule does not allow it.
        case refused
        /// It should end before it has begun.
        case over
    }

    /// Before the change.
    public let standing: Standing
    /// As it is now; nil for none.
    public let ban: Ban?
    public let outcome: Outcome

    public init(standing: Standing, ban: Ban?, outcome: Outcome) {
        self.standing = standing
        self.ban = ban
        self.outcome = outcome
    }
}
