public import DomainKit
public import Foundation

public typealias RoomID = ID<Room>

/// A place with a log of messages and a list of members.
public struct Room: Sendable, Hashable {
    public let id: RoomID
    public var name: RoomName
    public var kind: Kind
    public var ownerID: UserID
    public var slowModeSeconds: Int
    /// The `seq` of the newest message; 0 in a room where nobody has spoken yet.
    public var lastSeq: Int64
    /// The number of the newest change of what was said, of the members or of the settings; 0 before the first.
    public var lastChange: Int64
    public var memberCount: Int
    public let createdAt: Date
    /// Counts the changes of the settings, not of the log: what a caller of PATCH states it has seen.
    public var version: Int64

    public enum Kind: String, Sendable, Hashable, CaseIterable {
        // A store may have more: to a program that does not know one yet such a room is not there.
        /// Every signed-in user finds and joins it.
        case `public`
        /// Nobody but its members may know that it exists.
        case `private`

        public init(checking text: String) throws(Violation) {
            guard let kind = Kind(rawValue: text) else {
                throw Violation(code: "not-one-of", detail: "Must be `public` or `private`.")
            }
            self = kind
        }

        /// Whether somebody with this role in the room, or none, may know of it: the one rule of who sees a room.
        public func isShown(to role: RoomRole?) -> Bool { self == .public || role != nil }

        /// The same for stores, whose lists ask it of many rooms at once.
        public static let shownToStrangers = allCases.filter { $0.isShown(to: nil) }
    }

    public init(
        id: RoomID, name: RoomName, kind: Kind, ownerID: UserID, slowModeSeconds: Int = 0, lastSeq: Int64 = 0,
        lastChange: Int64 = 0, memberCount: Int = 1, createdAt: Date, version: Int64 = 1
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.ownerID = ownerID
        self.slowModeSeconds = slowModeSeconds
        self.lastSeq = lastSeq
        self.lastChange = lastChange
        self.memberCount = memberCount
        self.createdAt = createdAt
        self.version = version
    }
}

/// What a room is called: a name people see, of 1 to 100 characters.
public struct RoomName: Sendable, Hashable, CustomStringConvertible {
    public static let longest = 100
    public let description: String

    public init(_ text: String) throws(Violation) {
        description = try NameRule(longest: Self.longest).checked(text)
    }

    /// Trusts a name that was checked when it was stored.
    public init(stored text: String) {
        description = text
    }
}
