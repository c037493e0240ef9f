public import Foundation

/// May this account do that to this thing? As user-service answers it at `POST /v1/authz/decisions`.
public struct DecisionQuestion: Sendable, Hashable {
    /// What is so of the thing, which only the service knows that has it.
    public enum Attribute: Sendable, Hashable {
        case nothing
        case text(String)
        case flag(Bool)
    }

    /// The account that would do it.
    public let subject: UUID
    /// `video.watch`
    public let action: String
    /// `video`
    public let type: String
    /// Nil for a thing that is not there yet. Each id is a question of its own: left out where the attributes say all that
    /// rules look at, it lets one answer do for all things that are alike.
    public let id: String?
    public let attributes: [String: Attribute]

    public init(
        subject: UUID, action: String, type: String, id: String? = nil, attributes: [String: Attribute] = [:]
    ) {
        self.subject = subject
        self.action = action
        self.type = type
        self.id = id
        self.attributes = attributes
    }
}

/// The answer to a question.
public struct Decision: Sendable, Hashable {
    public let isAllowed: Bool
    /// Which rule decided; stable.
    public let rule: String
    /// One sentence, for the log.
    public let reason: String
    /// What to see to when it is done.
    public let obligations: Set<String>
    public let policyVersion: String

    public init(
        isAllowed: Bool, rule: String, reason: String, obligations: Set<String> = [], policyVersion: String
    ) {
        self.isAllowed = isAllowed
        self.rule = rule
        self.reason = reason
        self.obligations = obligations
        self.policyVersion = policyVersion
    }
}
