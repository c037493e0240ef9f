public import DomainKit
public import Foundation

/// Why an account may do nothing, and for how long.
public struct Ban: Sendable, Hashable {
    public let at: Date
    /// Nil: until it is lifted.
    public let until: Date?
    public let reason: String
    /// Who said so.
    public let by: UserID?

    public init(at: Date, until: Date? = nil, reason: String, by: UserID? = nil) {
        self.at = at
        self.until = until
        self.reason = reason
        self.by = by
    }
}

extension User {
    /// Fails: `banned`.
    func mustNotBeBanned() throws(Failure) {
        if let ban { throw .banned(ban) }
    }
}
