import Hummingbird
import Logging
import NIOCore
import NIOPosix
import WebSocketKit

/// The least a chat on WebSocketKit can cost: `subscribe` and `send` of chat.v1 from memory, for anybody, unchecked.
///
/// `SocketFloor PORT`. What chat-service takes more than this is the price of tokens, storage and replicas.
@main
enum SocketFloor {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8190
        let rooms = try await FloorRooms(on: MultiThreadedEventLoopGroup.singleton)
        let route = WebSocketRoute(path: "/v1/ws", subprotocols: ["chat.v1"]) { _ in
            WebSocketAcceptance { connection in
                FloorHandler(rooms: rooms, members: rooms.members(on: connection.eventLoop))
            }
        }
        let app = Application(
            router: Router(), server: .http1WebSocketUpgrade(route),
            configuration: .init(address: .hostname("127.0.0.1", port: port), backlog: 4_096),
            logger: Logger(label: "floor"))
        try await app.runService()
    }
}
