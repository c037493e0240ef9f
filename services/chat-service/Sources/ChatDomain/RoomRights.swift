public import DomainKit

/// The port to what accounts may do in rooms at all, by the platform's policy. What somebody may do in one room, as a
/// member of it, its stores know.
///
/// Nobody may what was not answered: everything fails `unavailable` without an answer.
public protocol RoomRights: Sendable {
    /// Whether the account may become a member of such a room. Fails: `joinNotAllowed`, `user.banned`, `unavailable`.
    func requireJoining(_ user: UserID, _ entrance: RoomEntrance) async throws(Failure)
    /// Whether the account may say something in rooms it is a member of. Fails: `speechNotAllowed`, `user.banned`,
    /// `unavailable`.
    func requireSpeaking(_ user: UserID) async throws(Failure)
    /// The same for those who cannot wait: nil where it has to be asked for.
    func speakingAsKnown(_ user: UserID) -> Result<Void, Failure>?
    /// Has it asked for, so that it is known by the time somebody wants to. Never waits, promises nothing.
    func expectSpeaking(_ user: UserID)
}

/// How somebody comes into a room.
public enum RoomEntrance: Sendable, Hashable {
    /// It is open to everybody.
    case open
    /// Somebody who may do so lets them in.
    case invitation
}
