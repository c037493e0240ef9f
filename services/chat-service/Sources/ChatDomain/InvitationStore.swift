public import DomainKit
public import Foundation

/// The port to the links into rooms. Every method fails `unavailable` while the store is away.
///
/// One that has ended by the store's clock, or is used up, is not there.
public protocol InvitationStore: Sendable {
    /// Stores one under its token, if `caller` has one of these roles; the same id again gets this token instead of the former.
    /// Nil when there is no such room.
    func invite(
        into room: RoomID, _ id: InvitationID, _ token: InvitationToken, uses: Int?, until: Date?, as caller: UserID,
        roles: [RoomRole]
    ) async throws(Failure) -> InvitationOpening?
    /// Makes `user` a member by a token, if `rule` allows it for what is found, and uses the invitation up by one where they were
    /// none: one step, which no other comes between. Nil when there is no such room.
    func join(
        _ user: UserID, _ room: RoomID, by token: InvitationToken, at date: Date, if rule: MembershipRule
    ) async throws(Failure) -> (change: MembershipChange, isValid: Bool)?
    /// In the order of their ids, with where `viewer` stands at that moment: who is no moderator gets none. Nil when there is no such
    /// room.
    func invitations(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Invitation>)?
    /// Takes one back, if `caller` has one of these roles; false when it is not there. Nil when there is no such room.
    func withdraw(
        _ id: InvitationID, from room: RoomID, as caller: UserID, roles: [RoomRole]
    ) async throws(Failure) -> (standing: Standing, isMade: Bool)?
}

/// What was found when an invitation was to be stored, and what became of it.
public struct InvitationOpening: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        /// At this time.
        case made(Date)
        case refused
        /// It should end before it has begun.
        case over
        /// The room has as many as it may.
        case full
    }

    public let standing: Standing
    public let outcome: Outcome

    public init(standing: Standing, outcome: Outcome) {
        self.standing = standing
        self.outcome = outcome
    }
}
