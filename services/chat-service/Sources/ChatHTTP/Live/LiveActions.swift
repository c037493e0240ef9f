public import ChatDomain
import DomainKit

/// The use cases a socket can call.
public struct LiveActions: Sendable {
    let send: @Sendable (MessageText, ClientID, MessageID?, RoomID, UserID, @escaping MessageLog.Reply) -> Void
    let open: @Sendable (RoomID, Viewer) async throws(Failure) -> Int64

    public init<Rooms, Log, Events>(send: SendMessage<Log, Events>, open: OpenSubscription<Rooms>) {
        self.send = { send($0, clientID: $1, replyTo: $2, in: $3, as: $4, reply: $5) }
        self.open = { room, viewer throws(Failure) in try await open(room, as: viewer) }
    }
}
