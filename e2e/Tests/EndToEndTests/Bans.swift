import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PlatformTesting
import Synchronization
import Testing

/// The platform's first admin.
struct Admin: Sendable {
    let person: Person

    static func signIn() async throws -> Admin {
        let line = try String(contentsOf: Platform.state.appending(path: "admin"), encoding: .utf8)
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        try #require(words.count == 2)
        let answer = try await API().call(.POST, "/v1/sessions", json: ["email": words[0], "password": words[1]])
        try #require(answer.status == 201)
        let tokens = try answer.decoded(as: TokensBody.self)
        return Admin(person: Person(api: API(token: tokens.accessToken), tokens: tokens))
    }

    /// `PUT` or `DELETE` of one part of an account, as it is now. Returns when it was answered.
    @discardableResult
    func change(
        _ user: Person, _ method: HTTPMethod, _ part: String, _ body: String? = nil
    ) async throws -> ContinuousClock.Instant {
        let account = "/v1/admin/users/\(user.tokens.userId)"
        let known = try await person.api.insist(.GET, account)
        try #require(known.status == 200)
        var headers = [("If-Match", try #require(known.headers.first(name: "ETag")))]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        let answer = try await person.api.call(
            method, "\(account)/\(part)", headers: headers, body: body.map { .bytes(ByteBuffer(string: $0)) })
        let answered = ContinuousClock.now
        try #require((200...204).contains(answer.status), "\(method) \(part): \(answer.status)")
        return answered
    }
}

/// The last effect of a ban.
struct Effect: Sendable {
    let name: String
    /// Since the ban was answered.
    let delay: Duration
}

extension [Effect] {
    var figures: String {
        let sorted = sorted { $0.delay < $1.delay }
        func place(_ share: Double) -> String {
            guard !sorted.isEmpty else { return "-" }
            let index = Swift.min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.up)) - 1)
            return String(format: "%.1f", sorted[Swift.max(0, index)].delay / .milliseconds(1))
        }
        return "p50 \(place(0.5)) ms, p99 \(place(0.99)) ms, worst \(place(1)) ms (\(sorted.last?.name ?? ""))"
    }
}

/// Somebody who is about to be banned: with a socket on each chat replica, the address of a video, and a session.
struct BanTarget: Sendable {
    let person: Person
    let sockets: [TestSocket]
    let film: String

    static func arrive(_ number: Int, in room: RoomBody, watching film: String) async throws -> BanTarget {
        let person = try await Person.signUp("target-\(number)")
        var sockets: [TestSocket] = []
        for port in Platform.chatPorts {
            sockets.append(
                try await TestSocket.connect(
                    port: port, headers: [("Authorization", "Bearer \(person.tokens.accessToken)")],
                    subprotocols: ["chat.v1"]))
        }
        return BanTarget(person: person, sockets: sockets, film: try await person.link(to: film))
    }

    /// From the answer until the last effect, and which that was.
    func ban(by admin: Admin) async throws -> Effect {
        async let closed = withThrowingTaskGroup(of: (String, ContinuousClock.Instant).self) { group in
            for (number, socket) in sockets.enumerated() {
                group.addTask { ("socket \(number + 1)", try await Self.end(of: socket)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let answered = try await admin.change(person, .PUT, "ban", #"{"reason":"tested"}"#)
        let effects = try await refused() + closed
        let last = try #require(effects.max { $0.1 < $1.1 })
        return Effect(name: last.0, delay: last.1 - answered)
    }

    /// When everything that asks for a token, or once was given for one, is refused.
    private func refused() async throws -> [(String, ContinuousClock.Instant)] {
        let refresh = ["refresh_token": person.tokens.refreshToken]
        var asked: [(API, HTTPMethod, String, [String: String]?)] = [(API(), .POST, "/v1/sessions/refresh", refresh)]
        // Past the gateway: an answer that is cut under way gives nothing more at once there as well, but Envoy lets its own
        // connection to the client stay for another second (`delayed_close_timeout`), and a client learns of it then.
        let film = film.replacing(Platform.gateway, with: "")
        for port in Platform.videoPorts { asked.append((API(base: "http://127.0.0.1:\(port)"), .GET, film, nil)) }
        for (ports, path) in [
            ([Platform.servicePorts[0]], "/v1/me"), (Platform.videoPorts, "/v1/videos"),
            (Platform.chatPorts, "/v1/rooms"),
        ] {
            for port in ports {
                let api = API(base: "http://127.0.0.1:\(port)", token: person.tokens.accessToken)
                asked.append((api, .GET, path, nil))
            }
        }
        return try await withThrowingTaskGroup(of: (String, ContinuousClock.Instant).self) { group in
            for (api, method, path, json) in asked {
                group.addTask {
                    let name = "\(method) \(path.prefix { $0 != "?" }) at \(api.base)"
                    let refused = try await eventually("\(name) is refused", within: .seconds(30)) {
                        let status = try await api.call(method, path, json: json).status
                        return status == 403 || status == 401 ? ContinuousClock.now : nil
                    }
                    return (name, refused)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// When the socket ended, which must be by 4403, with nothing after it.
    private static func end(of socket: TestSocket) async throws -> ContinuousClock.Instant {
        while let message = try await socket.next(within: .seconds(60)) {
            guard case .close(let code, _) = message else { continue }
            let end = ContinuousClock.now
            #expect(code == 4403)
            #expect(try await socket.next(within: .seconds(10)) == nil)
            return end
        }
        Issue.record("the socket ended without a close frame")
        return .now
    }
}

/// Others who go on meanwhile: two talk over sockets, two read their accounts, as fast as they are answered.
final class Bystanders: Sendable {
    private let done = Atomic(0)
    private let isOver = Atomic(false)
    private let tasks: Mutex<[Task<Void, any Error>]> = Mutex([])

    static func start(in room: RoomBody) async throws -> Bystanders {
        let others = Bystanders()
        for port in Platform.chatPorts {
            let person = try await Person.signUp("talker")
            try await person.join(room)
            let socket = try await ChatSocket(port: port, token: person.tokens.accessToken)
            others.repeating { try await socket.send("load", to: room) }
        }
        for _ in 0..<2 {
            let person = try await Person.signUp("reader")
            others.repeating { try #require(try await person.api.call(.GET, "/v1/me").status == 200) }
        }
        return others
    }

    private func repeating(_ work: @escaping @Sendable () async throws -> Void) {
        let task = Task { [self] in
            while !isOver.load(ordering: .relaxed) {
                try await work()
                done.add(1, ordering: .relaxed)
            }
        }
        tasks.withLock { $0.append(task) }
    }

    /// Returns how much was done; throws what went wrong.
    func stop() async throws -> Int {
        isOver.store(true, ordering: .relaxed)
        for task in tasks.withLock({ $0 }) { try await task.value }
        return done.load(ordering: .relaxed)
    }
}
