public import DomainKit
public import Foundation

/// How far somebody has read in a room. It never goes back.
public struct ReadMark: Sendable, Hashable {
    public let roomID: RoomID
    public let userID: UserID
    public let seq: Int64
    public let at: Date

    public init(roomID: RoomID, userID: UserID, seq: Int64, at: Date) {
        self.roomID = roomID
        self.userID = userID
        self.seq = seq
        self.at = at
    }

    /// In rooms of more members nobody is told as it happens how far others have read: each of many would be told of each of many.
    public static let mostToldMembers = 250
}

/// What somebody has not read yet of what others have said in a room they are in.
public struct Unread: Sendable, Hashable {
    public let roomID: RoomID
    public let messages: Int
    /// Those of them that name the reader: `@` and their id.
    public let mentions: Int

    public init(roomID: RoomID, messages: Int, mentions: Int) {
        self.roomID = roomID
        self.messages = messages
        self.mentions = mentions
    }

    /// So many messages of a room are looked at, and no more counted.
    public static let mostMessages = 500
    /// So many rooms are told of.
    public static let mostRooms = 1_000
}
