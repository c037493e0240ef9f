import AuthKit
import ChatDomain
import DomainKit
import Foundation

/// Who is on a socket, and until when it may stay.
struct SocketCredential {
    /// Nil until there was a token.
    private(set) var principal: Principal?
    /// Until there is a token: when it must be there. After that: when it ends.
    private(set) var end: Date
    private var isWarned = false

    /// A socket whose token must be there by `end`.
    init(expectedUntil end: Date) {
        self.end = end
    }

    var userID: UserID? { principal.map { UserID($0.userID) } }

    mutating func renew(_ principal: Principal) {
        self.principal = principal
        end = principal.expiresAt
        isWarned = false
    }

    func isOver(at now: Date) -> Bool { now >= end }

    /// When something is to be done about it: the client told that it ends soon, or the socket closed.
    func isDue(ahead: TimeInterval) -> Date {
        principal == nil || isWarned ? end : end.addingTimeInterval(-ahead)
    }

    /// Whether the client is to be told that its token ends soon: once a token.
    mutating func needsWarning(at now: Date, ahead: TimeInterval) -> Bool {
        guard principal != nil, !isWarned, now >= end.addingTimeInterval(-ahead) else { return false }
        isWarned = true
        return true
    }
}
