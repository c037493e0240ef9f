import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import NIOCore
import PlatformTesting
import Synchronization
import Testing

@testable import ChatHTTP

/// What readers know at the end, who come and go while people talk, edit, take back, join, leave and are banned on two replicas and Redis is killed: what the
/// room says. `CONVERSATION_MESSAGES` and `CONVERSATION_CHANGES` make it longer (300 and 150).
@Suite(.timeLimit(.minutes(10))) struct ConversationTests {
    /// A reader's copy of a room, kept by what the socket says.
    private struct Copy {
        var said: [Int: String?] = [:]
        var (seq, change) = (0, 0)
        var faults: [String] = []
        var events: [String: Int] = [:]

        /// Every number follows the one before, and no change comes before its message.
        mutating func take(_ frame: JSONValue) {
            let number = frame["seq"]?.integer ?? 0
            switch frame["op"]?.string {
            case "message":
                if number != seq + 1 { faults.append("message \(number) after \(seq)") }
                seq = number
            case "message_edited", "message_deleted":
                let next = frame["change"]?.integer ?? 0
                if next != change + 1 { faults.append("change \(next) after \(change)") }
                if said[number] == nil { faults.append("change \(next) before its message") }
                change = next
            case "room":
                let next = frame["change"]?.integer ?? 0
                if next != change + 1 { faults.append("change \(next) after \(change)") }
                change = next
                events[frame["event"]?.string ?? "", default: 0] += 1
                return
            case "resync": faults.append("resync")
            default: return
            }
            said.updateValue(frame["body"]?.string, forKey: number)
        }
    }

    /// What there is to change, and whose it is.
    private final class Said: Sendable {
        let all = Mutex<[(client: TestClient, id: String)]>([])
    }

    private static func count(_ name: String, _ usual: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? usual
    }

    /// Comes and goes until it has all, each time on another replica; after at most so many frames.
    private static func read(
        _ clients: [TestClient], _ room: String, upTo end: (seq: Int, change: Int), seed: UInt64
    ) async throws -> Copy {
        var (copy, visits, random) = (Copy(), 0, SplitMix64(seed: seed))
        while (copy.seq, copy.change) != end, copy.faults.isEmpty {
            let socket = try await clients[visits % clients.count].socket()
            visits += 1
            _ = try await socket.subscribe(room, after: copy.seq, change: copy.change)
            for _ in 0..<Int.random(in: 1...120, using: &random) where (copy.seq, copy.change) != end {
                copy.take(try await socket.next(within: .seconds(60)))
            }
            await socket.socket.disconnect()
        }
        return copy
    }

    /// Until it is taken: PostgreSQL and the replica's place in it may be slow.
    private static func insist(_ call: () async throws -> TestAnswer) async throws -> TestAnswer {
        while true {
            let answer = try await call()
            if answer.status != 503 { return answer }
        }
    }

    @Test func `readers who come and go know at the end what the room says, whatever happens to Redis`() async throws {
        let (messages, changes) = (Self.count("CONVERSATION_MESSAGES", 300), Self.count("CONVERSATION_CHANGES", 150))
        // Of members and settings, the same for all readers.
        let rounds = max(1, changes / 30)
        let events = [
            "member_joined": rounds + 1, "member_banned": rounds, "ban_lifted": rounds, "settings_changed": rounds,
        ]
        let end = (messages, changes + events.values.reduce(0, +))
        let redis = try await TestRedis.start()
        let suite = TwoReplicasTests()
        let database = try await suite.migrated(TestPostgres.database())
        try await suite.serve(database: database, redis: redis.configuration) { first, second in
            let (one, two) = (try TestClient(first), try TestClient(second))
            let room = try await one.makeRoom()
            try await two.join(room)
            // The same people on the other replica.
            let everywhere = [one, try TestClient(second, one.user)]
            async let copies = withThrowingTaskGroup(of: Copy.self) { group in
                for seed in 1...4 as ClosedRange<UInt64> {
                    group.addTask {
                        try await Self.read(everywhere, room, upTo: end, seed: seed)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let said = Said()
            async let talking: Void = {
                for number in 0..<messages {
                    let client = [one, two][number % 2]
                    let answer = try await Self.insist {
                        try await client.call(
                            "POST", "/v1/rooms/\(room)/messages", #"{"client_id":"\#(number)","body":"\#(number)"}"#)
                    }
                    let id = try #require(answer.json["id"]?.string)
                    said.all.withLock { $0.append((client, id)) }
                }
            }()
            async let changing: Void = {
                var (random, made, gone) = (SplitMix64(seed: 7), 0, Set<String>())
                while made < changes {
                    guard let (client, id) = said.all.withLock({ $0.randomElement(using: &random) }), !gone.contains(id)
                    else {
                        await Task.yield()
                        continue
                    }
                    let (path, body) = ("/v1/rooms/\(room)/messages/\(id)", #"{"body":"edit \#(made)"}"#)
                    let isDeletion = Int.random(in: 0..<8, using: &random) == 0
                    let answer = try await Self.insist {
                        try await client.call(isDeletion ? "DELETE" : "PATCH", path, isDeletion ? nil : body)
                    }
                    #expect(answer.status == (isDeletion ? 204 : 200))
                    if isDeletion { gone.insert(id) }
                    made += 1
                }
            }()
            async let moving: Void = {
                let guests = [try TestClient(first), try TestClient(second)]
                for round in 0..<rounds {
                    let (guest, owner) = (guests[round % 2], everywhere[round % 2])
                    let ban = "/v1/rooms/\(room)/bans/\(guest.user)"
                    for (client, method, path, body) in [
                        (guest, "PUT", "/v1/rooms/\(room)/members/me", nil), (owner, "PUT", ban, #"{"reason":"x"}"#),
                        (owner, "DELETE", ban, nil), (owner, "PATCH", "/v1/rooms/\(room)", #"{"name":"\#(round)"}"#),
                    ] as [(TestClient, String, String, String?)] {
                        let answer = try await Self.insist {
                            try await client.call(method, path, body, headers: ["If-Match": "*"])
                        }
                        #expect(answer.status < 300, "\(method) \(path)")
                    }
                }
            }()
            for _ in 0..<3 {
                try await redis.kill()
                try await redis.start()
            }
            try await talking
            try await changing
            try await moving
            let history = try await Self.history(of: room, one)
            for copy in try await copies {
                #expect(copy.faults == [])
                #expect(copy.said == history)
                #expect(copy.events == events)
            }
        }
    }

    private static func history(of room: String, _ client: TestClient) async throws -> [Int: String?] {
        var (all, cursor): ([Int: String?], String?) = ([:], "&after_seq=0")
        while let query = cursor {
            let page = try await client.call("GET", "/v1/rooms/\(room)/messages?limit=100\(query)").json
            for item in page["items"]?.array ?? [] {
                all.updateValue(item["body"]?.string, forKey: item["seq"]?.integer ?? 0)
            }
            cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" }
        }
        return all
    }
}
