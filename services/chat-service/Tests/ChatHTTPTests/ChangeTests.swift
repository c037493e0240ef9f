import ChatDomain
import ChatStorage
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import Logging
import PlatformTesting
import Postgres
import Redis
import Testing

@testable import ChatHTTP

/// Editing and deleting, over REST and as those hear of it who listen.
@Suite(.timeLimit(.minutes(3))) struct ChangeTests {
    let chat = InMemoryChat()
    let tokens = TestTokens()
    let rights = ScriptedRights()

    func serve(
        _ adjust: (inout LiveSettings) -> Void = { _ in }, _ body: (TestReplica) async throws -> Void
    ) async throws {
        let replica = try await TestReplica.start(on: chat, tokens: tokens, rights: rights, adjust: adjust)
        try await body(replica)
        try await replica.stop()
    }

    /// Says something and returns its path.
    private func said(_ body: String, by client: TestClient, in room: String) async throws -> String {
        let answer = try await client.call(
            "POST", "/v1/rooms/\(room)/messages", #"{"client_id":"\#(UUID())","body":"\#(body)"}"#)
        return "/v1/rooms/\(room)/messages/\(try #require(answer.json["id"]?.string))"
    }

    @Test func `a message is edited by its sender alone, and taken back by them and who looks after the room`()
        async throws
    {
        try await serve { replica in
            let (owner, other) = (try TestClient(replica), try TestClient(replica))
            let room = try await owner.makeRoom()
            try await other.join(room)
            let message = try await said("one", by: other, in: room)
            let edited = try await other.call("PATCH", message, #"{"body":"two"}"#)
            #expect(edited.status == 200 && edited.json["body"]?.string == "two" && edited.json["seq"]?.integer == 1)
            #expect(edited.json["edited_at"]?.string != nil)
            #expect(try await owner.call("PATCH", message, #"{"body":"x"}"#).code == "chat.not-the-sender")
            #expect(try await TestClient(replica).call("PATCH", message, #"{"body":"x"}"#).code == "chat.not-a-member")
            let own = try await said("mine", by: owner, in: room)
            #expect(try await other.call("DELETE", own).code == "chat.role-too-low")
            for _ in 1...2 { #expect(try await owner.call("DELETE", message).status == 204) }
            let refused = try await other.call("PATCH", message, #"{"body":"three"}"#)
            #expect(refused.status == 409 && refused.code == "chat.message-deleted")
            let shown = try await other.call("GET", "/v1/rooms/\(room)/messages").json["items"]?.array ?? []
            #expect(shown.map { $0["body"] } == [.null, .string("mine")] && shown[0]["deleted_at"]?.string != nil)
            for path in [UUID().uuidString, "x", "%00"] {
                let missing = try await owner.call("DELETE", "/v1/rooms/\(room)/messages/\(path)")
                #expect(missing.code == "chat.message-not-found", "\(path)")
            }
            for body in [#"{"body":" "}"#, #"{"body":null}"#, "{}", #"{"body":"x","seq":1}"#] {
                #expect([400, 422].contains(try await other.call("PATCH", own, body).status), "\(body)")
            }
        }
    }

    @Test func `who may not speak says nothing in what they said before, and may take it back`() async throws {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let message = try await said("one", by: client, in: room)
            rights.answer(.failure(.speechNotAllowed), about: client.user)
            #expect(try await client.call("PATCH", message, #"{"body":"x"}"#).code == "chat.speech-not-allowed")
            #expect(try await client.call("DELETE", message).status == 204)
        }
    }

    @Test func `those who listen hear each change once, in order, and who was away hears what was missed`() async throws
    {
        try await serve { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let (first, second) = (try await said("a", by: client, in: room), try await said("b", by: client, in: room))
            let socket = try await client.socket()
            #expect(try await socket.subscribe(room)["last_change"]?.integer == 0)
            for body in ["c", "d"] { try await client.call("PATCH", first, #"{"body":"\#(body)"}"#) }
            try await client.call("DELETE", second)
            let heard = [try await socket.next(), try await socket.next(), try await socket.next()]
            #expect(heard.compactMap { $0["op"]?.string } == ["message_edited", "message_edited", "message_deleted"])
            #expect(heard.compactMap { $0["change"]?.integer } == [1, 2, 3])
            #expect(heard.compactMap { $0["body"]?.string } == ["c", "d"])
            let late = try await client.socket()
            let answer = try await late.subscribe(room, after: 1, change: 1)
            #expect(answer["last_seq"]?.integer == 2 && answer["last_change"]?.integer == 3)
            let missed = [try await late.next(), try await late.next(), try await late.next()]
            #expect(missed.compactMap { $0["op"]?.string } == ["message", "message_edited", "message_deleted"])
            #expect(missed[0]["body"] == .null, "as it is now")
            #expect(missed.compactMap { $0["change"]?.integer } == [2, 3])
            #expect(try await late.ask(9, #"{"op":"ping","id":9}"#).before.isEmpty)
        }
    }

    @Test func `who missed too many changes, or has some there are none of, is told to read the history`() async throws
    {
        try await serve({ $0.longestCatchUp = 3 }) { replica in
            let client = try TestClient(replica)
            let room = try await client.makeRoom()
            let message = try await said("a", by: client, in: room)
            for number in 1...4 { try await client.call("PATCH", message, #"{"body":"\#(number)"}"#) }
            let socket = try await client.socket()
            for change in [0, 5, Int.max] {
                #expect(try await socket.subscribe(room, change: change)["last_change"]?.integer == 4)
                let resync = try await socket.next()
                #expect(resync["op"]?.string == "resync" && resync["last_change"]?.integer == 4, "\(change)")
            }
            _ = try await socket.subscribe(room, change: 1)
            #expect(try await socket.next()["change"]?.integer == 2)
        }
    }

    @Test func `a change nobody told of is found, and one told of too early waits for its message`() async throws {
        let database = try await TestPostgres.database()
        let client = PostgresClient(PostgresConfiguration(connectionString: database))
        try await PostgresMigrations.chatService().apply(on: client, logger: Logger(label: "test"))
        let redis = try await TestRedis.shared().configuration
        let replica = try await TestReplica.start(database: database, redis: redis, tokens: tokens)
        let reader = try TestClient(replica)
        let room = try await reader.makeRoom()
        let socket = try await reader.socket()
        _ = try await socket.subscribe(room)
        // Another replica, which is killed before it told anybody of the message, and after it told of the change.
        let log = PostgresMessageLog(client: client, appends: client)
        let relay = RedisRoomRelay(redis: RedisClient(redis), logger: Logger(label: "test"))
        let id = try #require(RoomID(room))
        let receipt = try await log.append(Sample.draft(in: id, by: reader.user, body: "first"))
        let outcome = try await log.change(
            receipt.messageID, in: id, to: MessageText("second"), as: reader.user, if: .editing)
        guard case .made(let change) = outcome else { throw ChatStoreContract.Broken(description: "not edited") }
        relay.publish(RoomSignal(.messageChanged(change)))
        let heard = [try await socket.next(), try await socket.next()]
        #expect(heard.compactMap { $0["op"]?.string } == ["message", "message_edited"])
        // And one that is killed before it told of the change.
        _ = try await log.change(receipt.messageID, in: id, to: nil, as: reader.user, if: .editing)
        #expect(try await socket.next()["op"]?.string == "message_deleted")
        relay.close()
        try await replica.stop()
        await client.close()
    }
}
