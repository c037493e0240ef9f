import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import NIOCore
import PlatformTesting
import Redis
import Testing

@testable import ChatHTTP

/// Values no honest client sends: each gets an answer, and the replica with all its other sockets lives on.
@Suite struct ExtremeValueTests {
    static let numbers = [
        "-9223372036854775808", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "-2147483648",
        "2147483647", "4294967296", "18446744073709551615", "253402300799999", "253402300800000", "-62135596800001",
        "1125899906842623", "-1125899906842623", "-210866803200001", "0", "-0", "-1", "1e400", "-1e-400", "0.5", "NaN",
        "99999999999999999999999999999999999999", "1e99999999999999999999",
    ]

    @Test func `no cursor ends a replica, whatever list it is for`() async throws {
        try await TestReplica.withReplica { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let (id, lists) = (
                UUID().uuidString, ["/v1/rooms", "/v1/rooms/\(room)/members", "/v1/rooms/\(room)/messages"]
            )
            for number in Self.numbers {
                for parts in [
                    [number], [number, id], [id, number], [number, number], ["after", number], ["before", number],
                    ["after", number, number], ["after", "0", number], ["before", number, number],
                ] {
                    for list in lists {
                        let answer = try await client.call("GET", "\(list)?cursor=\(Cursor(parts))")
                        #expect(answer.status < 500, "\(list) \(parts)")
                    }
                }
                for query in ["after_seq=\(number)", "before_seq=\(number)", "limit=\(number)"] {
                    #expect(try await client.call("GET", "\(lists[2])?\(query)").status < 500, "\(query)")
                }
            }
            for parts in [[], [""], ["after"], ["\u{0}", id]] {
                for list in lists {
                    #expect(try await client.call("GET", "\(list)?cursor=\(Cursor(parts))").status < 500, "\(parts)")
                }
            }
            #expect(try await client.call("GET", "/v1/rooms/\(room)").status == 200)
        }
    }

    @Test func `no value the specification has a place for is too much`() async throws {
        try await TestReplica.withReplica { replica in
            let (owner, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            // Pages behind the first, so that there are cursors to change.
            _ = try await owner.makeRoom()
            try await other.join(room)
            var said: String?
            for number in 1...3 {
                said = try await owner.call(
                    "POST", "/v1/rooms/\(room)/messages", #"{"client_id":"\#(number)","body":"x"}"#
                ).json["id"]?.string
            }
            let walk = ExtremesWalk(
                Specification.openAPI,
                samples: [
                    "id": room, "user_id": other.user.description, "If-Match": "*", "client_id": "{n}",
                    "message_id": try #require(said),
                ])
            let report = try await replica.walk(walk, [.authorization: "Bearer \(owner.token)"])
            #expect(report.findings == [])
            // What deletes finds nothing after the first of them; the socket is not on the router.
            let unheard = report.statuses.filter { route, statuses in
                statuses.keys.allSatisfy { $0 >= 400 } && route.method != .delete && route.path != LiveService.path
                    // Nobody lets in who was banned on the way.
                    && !(route.path == "/v1/rooms/{id}/members/{user_id}" && statuses[409] != nil)
            }
            #expect(unheard.isEmpty, "nothing but refusals: \(unheard.keys)")
            #expect(report.requests > 1_000)
        }
    }

    @Test func `no value in a frame of the specification is too much`() async throws {
        try await TestReplica.withReplica { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let bystander = try await client.socket()
            let speaker = Speaker(client, try await client.socket())
            let walk = ExtremesWalk(
                Specification.clientFrames, samples: ["room_id": room, "token": client.token, "client_id": "{n}"])
            let report = await walk.run { request in
                try await speaker.say(request.body.map { String(buffer: $0) } ?? "")
                return ExtremeAnswer(status: 200, contentType: nil, body: ByteBuffer())
            } isAlive: {
                try await bystander.ask(1, #"{"op":"ping","id":1}"#).answer["op"]?.string == "ok"
            }
            #expect(report.findings == [])
            #expect(report.requests > 1_000)
        }
    }

    @Test func `no signal from the relay ends a replica, and a bad one costs itself only`() async throws {
        let redis = try await TestRedis.shared()
        try await TestReplica.withReplica { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let socket = try await client.socket()
            _ = try await socket.subscribe(room)
            let publisher = RedisClient(redis.configuration)
            let id = try #require(UUID(uuidString: room))
            for seq in [Int64.max, .min, .max - 1, -1, 0, 2, 1 << 53] {
                for kind in UInt8(0)...9 {
                    for version in UInt8(0)...3 {
                        for frame in ["", "x", "{\"op\":\"later\"}", "\u{0}"] {
                            var payload = ByteBuffer(bytes: [version, kind])
                            payload.writeInteger(UInt64(1))
                            payload.writeInteger(seq)
                            for _ in 0..<2 { withUnsafeBytes(of: id.uuid) { _ = payload.writeBytes($0) } }
                            payload.writeString(frame)
                            // Removal and closure end the subscription, which is what they are for.
                            if kind == 4 || kind == 5 { continue }
                            try await publisher.publish(payload, to: "chat:room:\(room)", sharded: true)
                            try await publisher.publish(
                                payload.getSlice(at: 0, length: Int(kind) * 5) ?? payload, to: "chat:room:\(room)",
                                sharded: true)
                        }
                    }
                }
            }
            try await socket.say(room, "c")
            #expect(try await socket.messageSkippingOthers()["seq"]?.integer == 1)
            #expect(try await client.call("GET", "/v1/rooms/\(room)").status == 200)
            _ = publisher
        }
    }
}

/// Says one frame after the other; where a socket is closed for one, as for what is no object, it opens the next.
private actor Speaker {
    private let client: TestClient
    private var socket: ChatSocket

    init(_ client: TestClient, _ socket: ChatSocket) {
        self.client = client
        self.socket = socket
    }

    /// Returns when the frame has been dealt with.
    func say(_ frame: String) async throws {
        try await socket.send(frame)
        try await socket.send(#"{"op":"ping","id":"after"}"#)
        while let message = try await socket.socket.next() {
            switch message {
            case .text(let text) where text.contains(#""id":"after""#): return
            case .close(let code, _):
                guard code == 4400 else { throw Closed(code: code) }
                socket = try await client.socket()
                return
            default: continue
            }
        }
    }

    struct Closed: Error {
        let code: UInt16?
    }
}

extension ChatSocket {
    /// The next stored message, whatever else comes before it: frames as a version ahead sends them are not looked at.
    func messageSkippingOthers() async throws -> JSONValue {
        while true {
            let text = try await socket.nextText(within: .seconds(20))
            guard let frame = try? JSONDecoding.decode(JSONValue.self, from: ByteBuffer(string: text)) else { continue }
            if frame["op"]?.string == "message" { return frame }
        }
    }
}
