import Foundation
import PlatformTesting

/// One frame from the server, as far as these tests look into it.
struct Frame: Decodable, Sendable {
    struct Problem: Decodable, Sendable {
        let code: String
    }

    let op: String
    let requestID: Int?
    let seq: Int?
    let body: String?
    let lastSeq: Int?
    let problem: Problem?

    private enum Key: String, CodingKey {
        case op, id, seq, body, problem
        case lastSeq = "last_seq"
    }

    init(from decoder: any Decoder) throws {
        let frame = try decoder.container(keyedBy: Key.self)
        op = try frame.decode(String.self, forKey: .op)
        requestID = try? frame.decode(Int.self, forKey: .id)  // a message's id is a text
        seq = try frame.decodeIfPresent(Int.self, forKey: .seq)
        body = try frame.decodeIfPresent(String.self, forKey: .body)
        lastSeq = try frame.decodeIfPresent(Int.self, forKey: .lastSeq)
        problem = try frame.decodeIfPresent(Problem.self, forKey: .problem)
    }
}

/// A socket of the subprotocol `chat.v1`: asks, and keeps the messages that arrive meanwhile.
actor ChatSocket {
    struct Refused: Error {
        let frame: Frame
    }

    private let socket: TestSocket
    private var lastID = 0
    private var messages: [Frame] = []

    init(port: Int = Platform.gatewayPort, token: String) async throws {
        socket = try await TestSocket.connect(
            port: port, headers: [("Authorization", "Bearer \(token)")], subprotocols: ["chat.v1"])
    }

    @discardableResult
    func subscribe(to room: RoomBody, after seq: Int? = nil) async throws -> Frame {
        try await ask(
            "subscribe", ["room_id": .text(room.id)].merging(seq.map { ["after_seq": .number($0)] } ?? [:]) { $1 })
    }

    @discardableResult
    func send(_ body: String, to room: RoomBody) async throws -> Frame {
        try await ask(
            "send", ["room_id": .text(room.id), "client_id": .text(UUID().uuidString), "body": .text(body)])
    }

    /// The next message of a subscribed room; throws when the socket ends or nothing comes.
    func nextMessage() async throws -> Frame {
        while messages.isEmpty { try keep(try await read()) }
        return messages.removeFirst()
    }

    func disconnect() async { await socket.disconnect() }

    private enum Value: Encodable {
        case text(String)
        case number(Int)

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            switch self {
            case .text(let text): try value.encode(text)
            case .number(let number): try value.encode(number)
            }
        }
    }

    private func ask(_ op: String, _ members: [String: Value]) async throws -> Frame {
        lastID += 1
        let id = lastID
        let frame = members.merging(["op": .text(op), "id": .number(id)]) { $1 }
        try await socket.send(String(decoding: JSONEncoder().encode(frame), as: UTF8.self))
        while true {
            let answer = try await read()
            if answer.requestID == id, answer.op == "ok" { return answer }
            if answer.requestID == id, answer.op == "error" { throw Refused(frame: answer) }
            try keep(answer)
        }
    }

    /// So much was missed that the server says: read the history.
    struct MissedTooMuch: Error {}

    private func keep(_ frame: Frame) throws {
        if frame.op == "resync" { throw MissedTooMuch() }
        if frame.op == "message" { messages.append(frame) }
    }

    private func read() async throws -> Frame {
        try JSONDecoder().decode(Frame.self, from: Data(try await socket.nextText().utf8))
    }
}
