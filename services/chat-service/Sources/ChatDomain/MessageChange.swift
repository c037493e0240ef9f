public import DomainKit

/// A message that was edited or deleted, and the place of that in the order of all changes of its room.
public struct MessageChange: Sendable, Hashable {
    /// 1, 2, 3, ... in each room without holes, the same for every reader.
    public let change: Int64
    /// As it is now: a change that is read later may show what a later one has made of it.
    public let message: Message

    public init(change: Int64, message: Message) {
        self.change = change
        self.message = message
    }
}

/// Who may change a message beside its sender, as long as the sender is in the room.
public struct MessageRule: Sendable, Hashable {
    /// Members with one of these roles.
    public let roles: [RoomRole]
    /// Whoever asks, in the room or not.
    public let isForAll: Bool

    /// Nobody puts words into another's mouth.
    public static let editing = MessageRule(roles: [], isForAll: false)

    /// Those who look after the room, or the platform.
    public static func deleting(as viewer: Viewer) -> MessageRule {
        MessageRule(roles: RoomRole.allCases.filter { $0 >= .moderator }, isForAll: viewer.looksAfterPlatform)
    }
}

extension Viewer {
    /// Moderators and administrators of the platform, in whatever room.
    fileprivate var looksAfterPlatform: Bool {
        !roles.isDisjoint(with: [Role.moderator.rawValue, Role.admin.rawValue])
    }
}

/// What became of a message that was to be changed, found and made in the same moment.
public enum MessageChangeOutcome: Sendable, Hashable {
    case made(MessageChange)
    /// It was as it should be already.
    case unchanged(Message)
    /// There is no such room for the caller, who is no member of it.
    case hidden
    case notAMember
    case noSuchMessage
    /// What is deleted stays so.
    case deleted
    /// The rule does not allow it.
    case refused
}
