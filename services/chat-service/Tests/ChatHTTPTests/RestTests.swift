import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import NIOCore
import PlatformTesting
import Testing

@testable import ChatHTTP

/// What bad input gets, and what good input does, over real connections and stores in memory.
@Suite struct RestTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()

    func serve(_ body: (TestReplica) async throws -> Void) async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens)
        try await body(replica)
        try await replica.stop()
    }

    @Test func `no route but the specification answers without a good token`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let forged = [
                "", "garbage", "a.b.c", try tokens.token(client.user, life: -10),
                try tokens.token(client.user, audience: "other"), try tokens.token(client.user, type: "JWT"),
                try tokens.token(client.user, algorithm: "none"), try tokens.token(client.user, algorithm: "HS256"),
                try TestTokens().token(client.user),
            ]
            for token in forged {
                for (method, path) in [("GET", "/v1/rooms"), ("POST", "/v1/rooms"), ("GET", "/v1/rooms/\(UUID())")] {
                    let answer = try await client.call(method, path, token: token)
                    #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer", "\(method) \(path)")
                }
            }
            #expect(try await client.call("GET", "/openapi.yaml", token: "").status == 200)
        }
    }

    @Test func `a room lives from its opening to its end`() async throws {
        try await serve { replica in
            let (owner, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            let path = "/v1/rooms/\(room)"
            #expect(try await other.call("GET", path).headers["etag"] == "\"1.1.0\"")
            #expect(try await owner.call("PATCH", path, #"{"name":"Hall"}"#).status == 428)
            let changed = try await owner.call("PATCH", path, #"{"name":"Hall"}"#, headers: ["If-Match": "\"1\""])
            #expect(changed.status == 200 && changed.headers["etag"] == "\"2.1.0\"")
            #expect(try await owner.call("PATCH", path, #"{"name":"X"}"#, headers: ["If-Match": "\"1\""]).status == 412)
            let tag = try #require(changed.headers["etag"])
            for known in [tag, "W/" + tag, "*"] {
                let fields = ["If-Match": "*", "If-None-Match": known]
                #expect(try await owner.call("PATCH", path, #"{"name":"X"}"#, headers: fields).status == 412)
                #expect(try await owner.call("DELETE", path, headers: fields).status == 412)
            }
            #expect(try await other.call("PATCH", path, #"{"name":"X"}"#, headers: ["If-Match": "*"]).status == 403)
            #expect(try await other.call("PUT", path + "/members/me").status == 201)
            #expect(try await other.call("PUT", path + "/members/me").status == 200)
            #expect(try await owner.call("DELETE", path + "/members/me").code == "chat.owner-cannot-leave")
            let invited = try TestClient(replica)
            #expect(try await owner.call("PUT", path + "/members/\(invited.user)", "{}").status == 201)
            #expect(
                try await owner.call("PUT", path + "/members/\(invited.user)", #"{"role":"moderator"}"#)
                    .json["role"]?.string == "moderator")
            #expect(try await owner.call("GET", path + "/members?limit=2").json["items"]?.array.count == 2)
            #expect(try await owner.call("DELETE", path + "/members/\(other.user)").status == 204)
            #expect(try await other.call("DELETE", path + "/members/me").status == 204)
            #expect(try await owner.call("GET", "/v1/rooms?member=me&q=hAl").json["items"]?.array.count == 1)
            #expect(try await owner.call("DELETE", path, headers: ["If-Match": "\"1\""]).status == 412)
            #expect(try await owner.call("DELETE", path).status == 428)
            #expect(try await owner.call("DELETE", path, headers: ["If-Match": "\"2\""]).status == 204)
            #expect(try await owner.call("GET", path).status == 404)
        }
    }

    @Test func `a room's tag changes with whatever is shown of it, and If-Match asks for the settings alone`()
        async throws
    {
        try await serve { replica in
            let (owner, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            let path = "/v1/rooms/\(room)"
            func read(knowing tag: String? = nil) async throws -> (status: Int, tag: String) {
                let answer = try await owner.call("GET", path, headers: tag.map { ["If-None-Match": $0] } ?? [:])
                return (answer.status, try #require(answer.headers["etag"]))
            }
            let first = try await read()
            #expect(try await read(knowing: first.tag).status == 304)
            #expect(try await read(knowing: "W/" + first.tag).status == 304)
            try await owner.call("POST", path + "/messages", #"{"client_id":"c","body":"x"}"#)
            let second = try await read(knowing: first.tag)
            #expect(second.status == 200 && second.tag != first.tag)
            try await other.join(room)
            let third = try await read(knowing: second.tag)
            #expect(third.status == 200 && third.tag != second.tag)
            let changed = try await owner.call("PATCH", path, #"{"name":"Hall"}"#, headers: ["If-Match": first.tag])
            #expect(changed.status == 200)
            let fourth = try await read(knowing: third.tag)
            #expect(fourth.status == 200 && fourth.tag == changed.headers["etag"])
            for stale in [third.tag, "W/" + fourth.tag, "\"x\"", "2", "\".\""] {
                let refused = try await owner.call("PATCH", path, #"{"name":"X"}"#, headers: ["If-Match": stale])
                #expect(refused.status == 412, "\(stale)")
                #expect(try await owner.call("DELETE", path, headers: ["If-Match": stale]).status == 412, "\(stale)")
            }
        }
    }

    @Test func `a change of nothing changes nothing`() async throws {
        try await serve { replica in
            let owner = try TestClient(replica)
            let path = "/v1/rooms/\(try await owner.makeRoom())"
            let tag = try #require(try await owner.call("GET", path).headers["etag"])
            for body in ["{}", #"{"name":"Lobby"}"#, #"{"kind":"public","name":"  Lobby "}"#] {
                let answer = try await owner.call("PATCH", path, body, headers: ["If-Match": tag])
                #expect(answer.status == 200 && answer.headers["etag"] == tag, "\(body)")
            }
        }
    }

    @Test func `unknown parameters are refused on every route`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            // The upgrade stands before the router.
            for route in replica.table.routes where route.path != LiveService.path {
                let path = ["{user_id}", "{message_id}", "{invitation_id}"].reduce(
                    route.path.replacing("{id}", with: room)
                ) {
                    $0.replacing($1, with: UUID().uuidString)
                }
                let body = [.get, .delete].contains(route.method) ? nil : "{}"
                let answer = try await client.call(route.method.rawValue, path + "?x=1", body)
                #expect(answer.status == 400, "\(route)")
            }
            await #expect(throws: RefusedSocket.self) {
                try await TestSocket.connect(
                    port: replica.port, path: "/v1/ws?x=1", headers: [("Authorization", "Bearer \(client.token)")])
            }
        }
    }

    @Test func `messages are stored once and read from both ends`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let path = "/v1/rooms/\(try await client.makeRoom())/messages"
            let first = try await client.call("POST", path, #"{"client_id":"1","body":"one"}"#)
            #expect(first.status == 201 && first.json["seq"]?.integer == 1)
            let again = try await client.call("POST", path, #"{"client_id":"1","body":"other"}"#)
            #expect(again.status == 200 && again.json == first.json)
            for number in 2...7 {
                _ = try await client.call("POST", path, #"{"client_id":"\#(number)","body":"x"}"#)
            }
            func walk(_ query: String) async throws -> [Int] {
                var (seqs, cursor) = ([Int](), query)
                while true {
                    let page = try await client.call("GET", path + "?limit=3" + cursor).json
                    seqs += page["items"]?.array.compactMap { $0["seq"]?.integer } ?? []
                    guard let next = page["next_cursor"]?.string else { return seqs }
                    cursor = "&cursor=\(next)"
                }
            }
            #expect(try await walk("&after_seq=0") == [1, 2, 3, 4, 5, 6, 7])
            #expect(try await walk("&after_seq=1&before_seq=6") == [2, 3, 4, 5])
            #expect(try await walk("") == [5, 6, 7, 2, 3, 4, 1])
            #expect(try await walk("&before_seq=3") == [1, 2])
            for query in [
                "?after_seq=-1", "?limit=0", "?limit=101", "?cursor=x", "?x=1", "?cursor=WyJhIl0&after_seq=1",
            ] {
                #expect(try await client.call("GET", path + query).status == 400, "\(query)")
            }
            for parts in [
                [], ["after"], ["x", "1"], ["1", "after"], ["after", "+1"], ["after", "-1"], ["after", "1", "01"],
                ["after", "1", "2", "3"], ["before", "1", "2"],
            ] {
                let answer = try await client.call("GET", "\(path)?cursor=\(Cursor(parts))")
                #expect(answer.status == 400 && String(buffer: answer.body).contains("\"?cursor\""), "\(parts)")
            }
        }
    }

    @Test func `bad bodies are named and never a 5xx`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let long = String(repeating: "x", count: 1 << 20)
            let deep = String(repeating: "[", count: 100_000)
            let cases: [(String, String, Int, String?)] = [
                ("/v1/rooms", "{}", 400, "/name"), ("/v1/rooms", #"{"name":1,"kind":"public"}"#, 400, "/name"),
                ("/v1/rooms", #"{"name":"a","kind":"secret"}"#, 400, "/kind"),
                ("/v1/rooms", #"{"name":"a","kind":"public","x":1}"#, 400, "/x"),
                ("/v1/rooms", #"{"name":"","kind":"public"}"#, 400, "/name"),
                ("/v1/rooms", #"{"name":"\#(long)","kind":"public"}"#, 413, nil),
                ("/v1/rooms", deep, 413, nil), ("/v1/rooms", String(repeating: "[", count: 10_000), 400, nil),
                ("/v1/rooms", "x", 400, ""), ("/v1/rooms", #"{"name":"a\u0000","kind":"public"}"#, 400, nil),
                ("/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"\#(long)"}"#, 413, nil),
                ("/v1/rooms/\(room)/messages", #"{"client_id":"c","body":" "}"#, 400, "/body"),
                ("/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"x","reply_to":"x"}"#, 400, "/reply_to"),
                (
                    "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"x","reply_to":"\#(UUID())"}"#, 422,
                    "/reply_to"
                ),
                ("/v1/rooms/nothing/messages", #"{"client_id":"c","body":"x"}"#, 404, nil),
            ]
            for (path, body, status, pointer) in cases {
                let answer = try await client.call("POST", path, body)
                #expect(answer.status == status, "\(body.prefix(80))")
                if let pointer {
                    let pointers = answer.json["errors"]?.array.compactMap { $0["pointer"]?.string } ?? []
                    #expect(pointers.contains(pointer), "\(body.prefix(80)) \(pointers)")
                }
            }
            #expect(try await client.call("POST", "/v1/rooms/\(room)").headers["allow"]?.contains("PATCH") == true)
            #expect(try await client.call("DELETE", "/v1/rooms").status == 405)
            let socket = try await client.call("POST", "/v1/ws", "{}")
            #expect(socket.status == 405 && socket.headers["allow"]?.contains("GET") == true)
            #expect(try await client.call("GET", "/v1/ws").status == 426)
        }
    }

    @Test func `a repeated creation with its key makes one room`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let (body, key) = (#"{"name":"Lobby","kind":"private"}"#, ["Idempotency-Key": "\"key-1\""])
            let first = try await client.call("POST", "/v1/rooms", body, headers: key)
            let again = try await client.call("POST", "/v1/rooms", body, headers: key)
            #expect(first.json == again.json && again.headers["idempotency-replayed"] == "true")
            let other = try await client.call("POST", "/v1/rooms", #"{"name":"B","kind":"private"}"#, headers: key)
            #expect(other.status == 422)
        }
    }

    @Test func `a repeat after a kill between the room and its kept answer gives that room`() async throws {
        let clock = TestClock()
        let store = ForgetfulIdempotencyStore(InMemoryIdempotencyStore(clock: clock))
        try await TestReplica.withReplica(idempotency: store) { replica in
            let client = try TestClient(replica)
            let (body, key) = (#"{"name":"Lobby","kind":"private"}"#, ["Idempotency-Key": "key-1"])
            let first = try await client.call("POST", "/v1/rooms", body, headers: key)
            #expect(first.status == 201)
            for _ in 0..<2 {
                // Its lease is over.
                clock.advance(by: .seconds(61))
                let again = try await client.call("POST", "/v1/rooms", body, headers: key)
                #expect(
                    again.status == 201 && again.json == first.json
                        && again.headers["location"] == first.headers["location"])
            }
            let newer = try await client.makeRoom()
            let rooms = try await client.call("GET", "/v1/rooms?member=me").json["items"]?.array ?? []
            #expect(
                rooms.compactMap { $0["id"]?.string } == [newer, first.json["id"]?.string], "one room, the newest first"
            )
        }
    }

    @Test func `while the store is away protected routes are unavailable`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            chat.setAway(true)
            for (method, path, body) in [
                ("GET", "/v1/rooms", nil), ("GET", "/v1/rooms/\(room)", nil),
                ("POST", "/v1/rooms/\(room)/messages", #"{"client_id":"c","body":"x"}"#),
            ] {
                let answer = try await client.call(method, path, body)
                #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
            }
            chat.setAway(false)
            #expect(try await client.call("GET", "/v1/rooms/\(room)").status == 200)
        }
    }
}
