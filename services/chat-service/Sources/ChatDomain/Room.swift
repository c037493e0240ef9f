public import DomainKit
public import Foundation

/// Whoever talks: known to this service by id alone.
public enum User {}
public typealias UserID = ID<User>
public typealias RoomID = ID<Room>

/// A place with a log of messages and a list of members.
public struct Room: Sendable, Hashable {
    public let id: RoomID
    public var name: RoomName
    public var kind: Kind
    public let ownerID: UserID
    public var slowModeSeconds: Int
    /// The `seq` of the newest message; 0 in a room where nobody has spoken yet.
    public var lastSeq: Int64
    public var memberCount: Int
    public let createdAt: Date
    /// Counts the changes of the settings, not of the log: what a caller of PATCH states it has seen.
    public var version: Int64

    public enum Kind: String, Sendable, Hashable, CaseIterable {
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
    }

    public init(
        id: RoomID, name: RoomName, kind: Kind, ownerID: UserID, slowModeSeconds: Int = 0, lastSeq: Int64 = 0,
        memberCount: Int = 1, createdAt: Date, version: Int64 = 1
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.ownerID = ownerID
        self.slowModeSeconds = slowModeSeconds
        self.lastSeq = lastSeq
        self.memberCount = memberCount
        self.createdAt = createdAt
        self.version = version
    }
}

/// 1 to 100 characters on one line, not blank.
public struct RoomName: Sendable, Hashable, CustomStringConvertible {
    public static let longest = 100
    public let description: String

    public init(_ text: String) throws(Violation) {
        // Bytes first: counting the characters of a megabyte is work a caller could make us do.
        guard text.utf8.count <= Self.longest * 16, text.count <= Self.longest else {
            throw Violation(code: "too-long", detail: "Must have at most \(Self.longest) characters.")
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Violation(code: "blank", detail: "Must not be blank.")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw Violation(code: "control-character", detail: "Must not have control characters.")
        }
        description = text
    }
}
