import DomainKit

/// The sessions of one event loop: all of them, and each user's.
///
/// Every session knows its place in both, so that one of many, even of one user, comes and goes in constant time.
struct SessionRoster {
    private(set) var all: [LiveSession] = []
    private var byUser: [UserID: [LiveSession]] = [:]

    mutating func add(_ session: LiveSession) {
        session.index = all.count
        all.append(session)
        identify(session)
    }

    /// Files it under its user, once there is one, which does not change any more. Does nothing for a session that is not,
    /// or no longer, here.
    mutating func identify(_ session: LiveSession) {
        guard session.index != nil, session.indexOfUser == nil, let user = session.userID else { return }
        session.indexOfUser = byUser[user]?.count ?? 0
        byUser[user, default: []].append(session)
    }

    /// False when it was not here.
    mutating func remove(_ session: LiveSession) -> Bool {
        guard let place = session.index else { return false }
        session.index = nil
        let last = all.removeLast()
        if last !== session {
            all[place] = last
            last.index = place
        }
        forgetUser(of: session)
        return true
    }

    func sessions(of user: UserID) -> [LiveSession] { byUser[user] ?? [] }

    private mutating func forgetUser(of session: LiveSession) {
        guard let place = session.indexOfUser, let user = session.userID else { return }
        session.indexOfUser = nil
        guard let last = byUser[user]?.removeLast() else { return }
        if last !== session {
            byUser[user]?[place] = last
            last.indexOfUser = place
        }
        if byUser[user]?.isEmpty == true { byUser[user] = nil }
    }
}
