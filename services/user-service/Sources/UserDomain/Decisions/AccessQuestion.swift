import DomainKit

/// May this account do that to this thing? As services ask it: nothing in it has been checked.
public struct AccessQuestion: Sendable, Hashable {
    static let accountType = "user"

    public let subject: String
    public let action: String
    public let type: String
    /// Nil for a thing that is not there yet.
    public let id: String?
    public let attributes: [ResourceAttribute: AttributeValue]

    public init(
        subject: String, action: String, type: String, id: String? = nil,
        attributes: [ResourceAttribute: AttributeValue] = [:]
    ) {
        self.subject = subject
        self.action = action
        self.type = type
        self.id = id
        self.attributes = attributes
    }

    var subjectID: UserID? { UserID(subject) }

    /// The account it is done to, where it is one.
    var accountID: UserID? { type == Self.accountType ? id.flatMap { UserID($0) } : nil }

    /// Whether the attribute is there, in a form that it can have.
    func has(_ attribute: ResourceAttribute) -> Bool {
        switch (attribute, attributes[attribute]) {
        case (.owner, .text(let text)): UserID(text) != nil
        case (.isInvited, .flag), (.isShared, .flag), (.isUnderReview, .flag), (.role, .nothing): true
        case (.isInvited, _), (.isShared, _), (.isUnderReview, _): false
        case (_, .text): true
        default: false
        }
    }
}

/// What rules ask of a thing. Services say it, each of those it has.
public enum ResourceAttribute: String, Sendable, Hashable, CaseIterable {
    case owner = "owner_id"
    /// Of a video.
    case visibility, state
    /// Whether its owner shares the video with the subject.
    case isShared = "shared"
    /// Whether somebody has reported the video, or it is taken down.
    case isUnderReview = "under_review"
    /// Of a room.
    case kind
    /// The subject's in the room; nothing for who is no member.
    case role
    /// Whether the subject has an invitation to the room.
    case isInvited = "invited"
}

public enum AttributeValue: Sendable, Hashable {
    case nothing
    case text(String)
    case flag(Bool)
}
