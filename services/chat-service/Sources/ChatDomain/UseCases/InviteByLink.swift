public import DomainKit
public import Foundation

/// Makes a link that lets whoever has it into a room.
public struct InviteByLink<Invitations: InvitationStore>: Sendable {
    private let invitations: Invitations
    private let ids: any IDSource

    public init(invitations: Invitations, ids: any IDSource) {
        self.invitations = invitations
        self.ids = ids
    }

    /// The invitation and its token, which is told only here.
    ///
    /// - Parameter invitation: what it is to be called by, where the caller may repeat this call with it.
    ///
    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `tooManyInvitations`, `unavailable`; `invalid` for one that has ended already.
    public func callAsFunction(
        into id: RoomID, uses: Int?, until: Date?, invitation: UUID?, as caller: UserID
    ) async throws(Failure) -> (invitation: Invitation, token: InvitationToken) {
        let (new, token) = (InvitationID(invitation ?? ids.ordered()), InvitationToken())
        let opening = try await invitations.invite(
            into: id, new, token, uses: uses, until: until, as: caller, roles: RoomRole.inviting)
        guard let opening else { throw .roomNotFound(id) }
        guard try opening.standing.membership(of: id).invites else { throw .roleTooLow(in: id) }
        switch opening.outcome {
        case .made(let at):
            return (Invitation(id: new, roomID: id, usesLeft: uses, expiresAt: until, by: caller, at: at), token)
        case .refused: throw .roleTooLow(in: id)
        case .full: throw .tooManyInvitations(to: id)
        case .over:
            throw .invalid([
                Violation(
                    pointer: "/expires_at", code: "not-in-the-future", detail: "An invitation ends after it has begun.")
            ])
        }
    }
}

/// Lists the links into a room, for those who look after it. What is in them nobody can tell.
public struct ListInvitations<Invitations: InvitationStore>: Sendable {
    private let invitations: Invitations

    public init(invitations: Invitations) {
        self.invitations = invitations
    }

    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `unavailable`; `invalid` for a cursor that is none of this list.
    public func callAsFunction(
        of id: RoomID, _ page: PageRequest, as viewer: Viewer
    ) async throws(Failure) -> Page<Invitation> {
        guard let found = try await invitations.invitations(of: id, page, for: viewer) else { throw .roomNotFound(id) }
        guard try found.standing.membership(of: id).invites else { throw .roleTooLow(in: id) }
        return found.page
    }
}

/// Takes a link into a room back.
public struct WithdrawInvitation<Invitations: InvitationStore>: Sendable {
    private let invitations: Invitations

    public init(invitations: Invitations) {
        self.invitations = invitations
    }

    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `invitationNotFound`, `unavailable`.
    public func callAsFunction(
        _ invitation: InvitationID, from id: RoomID, as caller: UserID
    ) async throws(Failure) {
        let found = try await invitations.withdraw(invitation, from: id, as: caller, roles: RoomRole.inviting)
        guard let found else { throw .roomNotFound(id) }
        guard try found.standing.membership(of: id).invites else { throw .roleTooLow(in: id) }
        guard found.isMade else { throw .invitationNotFound(to: id) }
    }
}
