public import ChatDomain
public import DomainKit
public import Foundation

/// Values for tests, short to write.
public enum Sample {
    public static func user() -> UserID { UserID(UUID()) }

    public static func room(
        _ name: String = "Lobby", kind: Room.Kind = .public, owner: UserID = user()
    ) throws -> Room {
        Room(
            id: RoomID(SystemIDSource().ordered()), name: try RoomName(name), kind: kind, ownerID: owner,
            createdAt: moment())
    }

    public static func draft(
        in room: RoomID, by sender: UserID, clientID: String = UUID().uuidString, body: String = "hello",
        replyTo: MessageID? = nil
    ) throws -> MessageDraft {
        MessageDraft(
            id: MessageID(SystemIDSource().ordered()), roomID: room, senderID: sender, clientID: try ClientID(clientID),
            body: try MessageText(body), replyTo: replyTo)
    }

    public static func viewer(_ user: UserID = user()) -> Viewer {
        Viewer(id: user, expiresAt: .distantFuture)
    }

    /// Now, in whole milliseconds as stores keep it.
    public static func moment() -> Date {
        Date().inMilliseconds
    }
}

extension ChangeRoom {
    public func callAsFunction(
        _ id: RoomID, name: RoomName?, kind: Room.Kind?, as caller: UserID,
        precondition: (Room) throws(Failure) -> Void
    ) async throws(Failure) -> Room {
        try await self(id, RoomSettingsChange(name: name, kind: kind), as: caller, precondition: precondition)
    }
}
