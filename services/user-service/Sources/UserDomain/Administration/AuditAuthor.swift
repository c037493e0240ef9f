public import DomainKit

/// Who did something, in which request and why, as the audit trail keeps it.
public struct AuditAuthor: Sendable, Hashable {
    /// Nil where no account did it.
    public let id: UserID?
    /// What did it then.
    public let actor: AuditActor?
    public let requestID: String?
    /// Where what was done does not tell by itself.
    public let reason: String?

    private init(id: UserID?, actor: AuditActor?, requestID: String?, reason: String?) {
        self.id = id
        self.actor = actor
        self.requestID = requestID
        self.reason = reason
    }

    public init(actor: AuditActor, requestID: String? = nil, reason: String? = nil) {
        self.init(id: nil, actor: actor, requestID: requestID, reason: reason)
    }

    public init(account id: UserID, requestID: String?) {
        self.init(id: id, actor: nil, requestID: requestID, reason: nil)
    }

    public init(_ admin: ActingAdmin) {
        self.init(account: admin.id, requestID: admin.requestID)
    }
}

/// What acts without an account. Not an enumeration: a line of a later version is told like any other.
public struct AuditActor: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Whoever runs the platform, at the command line.
    public static let `operator` = AuditActor(rawValue: "operator")
    /// Nobody: it was set for this time.
    public static let time = AuditActor(rawValue: "time")

    /// A payment provider.
    public static func source(_ source: PaymentSource) -> AuditActor {
        AuditActor(rawValue: "source:\(source)")
    }
}
