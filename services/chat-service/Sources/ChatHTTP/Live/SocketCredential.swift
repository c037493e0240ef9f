import AuthKit
import ChatDomain
import DomainKit
import Foundation

/// Who is on a socket, and until when it may stay.
struct SocketCredential {
    /// Nil until there was a token.
    private(set) var viewer: Viewer?
    /// Until there is a token: when it must be there. After that: when it ends.
    private(set) var end: Date
    private var isWarned = false

    /// A socket whose token must be there by `end`.
    init(expectedUntil end: Date) {
        self.end = end
    }

    mutating func renew(_ principal: Principal) {
        viewer = Viewer(principal)
        end = principal.expiresAt
        isWarned = false
    }

    func isOver(at now: Date) -> Bool { now >= end }

    /// Whether the client is to be told that its token ends soon: once a token.
    mutating func needsWarning(at now: Date, ahead: TimeInterval) -> Bool {
        guard viewer != nil, !isWarned, now >= end.addingTimeInterval(-ahead) else { return false }
        isWarned = true
        return true
    }
}
