import NIOCore
import WebSocketKit

/// One socket: the first frame names its room, all others are messages for it.
final class FloorHandler: WebSocketHandler {
    private let rooms: FloorRooms
    private let members: LoopMembers?
    private var room: String?

    init(rooms: FloorRooms, members: LoopMembers?) {
        self.rooms = rooms
        self.members = members
    }

    func opened(_ connection: WebSocketConnection) {}

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        let frame = String(buffer: text)
        if let room { return rooms.send(frame, to: room) }
        let room = frame.split(separator: #""room_id":""#).last?.prefix { $0 != "\"" }
        self.room = room.map(String.init)
        members?.join(self.room ?? "", connection)
        connection.send(text: #"{"op":"ok","id":1,"last_seq":0,"members_online":1}"#)
    }

    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {
        if let room { members?.leave(room, connection) }
    }
}
