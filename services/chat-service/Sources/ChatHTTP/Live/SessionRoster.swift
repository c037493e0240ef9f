import DomainKit
import Foundation

/// The sessions of one event loop: all of them, each user's, and those whose time has come.
///
/// Every session knows its place in both, so that one of many, even of one user, comes and goes in constant time.
struct SessionRoster {
    private(set) var all: [LiveSession] = []
    private var due = DueTimes()
    private var byUser: [UserID: [LiveSession]] = [:]

    mutating func add(_ session: LiveSession) {
        session.index = all.count
        all.append(session)
        due.append(session.dueAt)
        identify(session)
    }

    /// What is due at it may be so at another time.
    mutating func noteDue(_ session: LiveSession) {
        guard let place = session.index else { return }
        due.set(session.dueAt, at: place)
    }

    /// Those at which something is due, and a part of the others.
    mutating func turn(at now: Date) -> [LiveSession] { due.turn(at: now).map { all[$0] } }

    /// Files it under its user, once there is one, which does not change any more. Does nothing for a session that is not,
    /// or no longer, here.
    mutating func identify(_ session: LiveSession) {
        noteDue(session)
        guard session.index != nil, session.indexOfUser == nil, let user = session.userID else { return }
        session.indexOfUser = byUser[user]?.count ?? 0
        byUser[user, default: []].append(session)
    }

    /// False when it was not here.
    mutating func remove(_ session: LiveSession) -> Bool {
        guard let place = session.index else { return false }
        session.index = nil
        let last = all.removeLast()
        due.removeReplacingByLast(at: place)
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
