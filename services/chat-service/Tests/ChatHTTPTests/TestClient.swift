import ChatDomain
import DomainKit
import Foundation
import FoundationNetworking
import HTTPKit
import HTTPTypes
import NIOCore
import PlatformTesting
import Testing

/// An answer of the service.
struct TestAnswer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: ByteBuffer

    var json: JSONValue { (try? JSONDecoding.decode(JSONValue.self, from: body)) ?? .null }
    var code: String? { json["code"]?.string }
}

extension JSONValue {
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    var array: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}

/// A user of one replica.
struct TestClient: Sendable {
    let replica: TestReplica
    let user: UserID
    let token: String

    init(
        _ replica: TestReplica, _ user: UserID = UserID(UUID()), life: TimeInterval = 600, session: UUID = UUID(),
        epoch: Int64 = 0, tier: String = "free"
    ) throws {
        self.replica = replica
        self.user = user
        token = try replica.tokens.token(user, life: life, session: session, epoch: epoch, tier: tier)
    }

    /// Every answer is held against the specification.
    @discardableResult
    func call(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:],
        token: String? = nil
    ) async throws -> TestAnswer {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(replica.port)\(path)")))
        request.httpMethod = method
        request.setValue("Bearer \(token ?? self.token)", forHTTPHeaderField: "Authorization")
        if let body {
            request.httpBody = Data(body.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        return try await Self.send(request, method, path)
    }

    /// Calls that are to meet must not wait for each other's connections.
    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 400
        return URLSession(configuration: configuration)
    }()

    static func send(_ request: URLRequest, _ method: String, _ path: String) async throws -> TestAnswer {
        let (data, response) = try await session.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        let fields = http.allHeaderFields.map {
            (String(describing: $0.key).lowercased(), String(describing: $0.value))
        }
        let answer = TestAnswer(
            status: http.statusCode, headers: Dictionary(fields) { first, _ in first }, body: ByteBuffer(bytes: data))
        let findings = Specification.openAPI.findings(
            in: answer.body, of: .init(method)!, path, status: answer.status,
            contentType: answer.headers["content-type"])
        #expect(findings == [], "\(method) \(path)")
        return answer
    }

    func makeRoom(kind: String = "public") async throws -> String {
        let answer = try await call("POST", "/v1/rooms", #"{"name":"Lobby","kind":"\#(kind)"}"#)
        return try #require(answer.json["id"]?.string)
    }

    func join(_ room: String) async throws {
        #expect(try await call("PUT", "/v1/rooms/\(room)/members/me").status <= 201)
    }

    func socket() async throws -> ChatSocket {
        ChatSocket(
            try await TestSocket.connect(
                port: replica.port, headers: [("Authorization", "Bearer \(token)")], subprotocols: ["chat.v1"]))
    }
}

/// A socket that speaks `chat.v1`; every frame of the server is held against the specification.
struct ChatSocket: Sendable {
    let socket: TestSocket

    init(_ socket: TestSocket) {
        self.socket = socket
    }

    func send(_ frame: String) async throws {
        try await socket.send(frame)
    }

    func next(within limit: TimeAmount = .seconds(20)) async throws -> JSONValue {
        let text = try await socket.nextText(within: limit)
        let frame = try JSONDecoding.decode(JSONValue.self, from: ByteBuffer(string: text))
        #expect(Specification.findings(inServerFrame: frame, text) == [], "\(text)")
        return frame
    }

    /// Sends and waits for the answer with the frame's id; what comes before it is returned as well.
    func ask(_ id: Int, _ frame: String) async throws -> (answer: JSONValue, before: [JSONValue]) {
        try await send(frame)
        var before: [JSONValue] = []
        while true {
            let next = try await next()
            if next["id"]?.integer == id, next["op"]?.string != "message" { return (next, before) }
            before.append(next)
        }
    }

    func subscribe(_ room: String, after seq: Int? = nil, change: Int? = nil) async throws -> JSONValue {
        let after =
            (seq.map { #","after_seq":\#($0)"# } ?? "") + (change.map { #","after_change":\#($0)"# } ?? "")
        return try await ask(1, #"{"op":"subscribe","id":1,"room_id":"\#(room)"\#(after)}"#).answer
    }

    func say(_ room: String, _ clientID: String, body: String = "hello") async throws {
        try await send(#"{"op":"send","id":"s","room_id":"\#(room)","client_id":"\#(clientID)","body":"\#(body)"}"#)
    }

    /// The next messages, other frames left out.
    func messages(_ count: Int, within limit: TimeAmount = .seconds(30)) async throws -> [JSONValue] {
        var messages: [JSONValue] = []
        while messages.count < count {
            let frame = try await next(within: limit)
            if frame["op"]?.string == "message" { messages.append(frame) }
        }
        return messages
    }

    /// The code of the close frame, which must be the next thing but frames.
    func closeCode() async throws -> UInt16? {
        while let message = try await socket.next() {
            if case .close(let code, _) = message { return code }
        }
        return nil
    }
}
