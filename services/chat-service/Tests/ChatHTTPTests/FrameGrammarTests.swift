import ChatDomain
import DomainKit
import HTTPKit
import NIOCore
import PlatformTesting
import Testing

@testable import ChatHTTP

/// What is taken as a frame is what the reader of bodies would take, and means the same.
@Suite struct FrameGrammarTests {
    static let room = "01a20b0b-65fa-736c-84e5-4999e596e6e5"
    static let frames = [
        #"{"op":"send","id":1,"room_id":"\#(room)","client_id":"c","body":"x","reply_to":"\#(room)"}"#,
        #"{"op":"send","id":"a","room_id":"\#(room)","client_id":"c","body":"é\n😀","reply_to":null}"#,
        #"{"op":"subscribe","id":1,"room_id":"\#(room)","after_seq":12}"#,
        #"{"op":"subscribe","id":1,"room_id":"\#(room)","after_seq":null}"#,
        #"{"op":"subscribe","id":1,"room_id":"\#(room)","after_seq":12,"after_change":4}"#,
        #"{"op":"unsubscribe","id":1,"room_id":"\#(room)"}"#, #"{"op":"typing","room_id":"\#(room)"}"#,
        #"{"op":"ping","id":1}"#, #"{"op":"auth","id":1,"token":"t"}"#,
    ]

    @Test(arguments: frames)
    func `the samples are frames`(_ text: String) throws {
        #expect(try ClientFrameReader.read(ByteBuffer(string: text)) == frame(of: ByteBuffer(string: text)))
    }

    @Test(arguments: 0..<32 as Range<UInt64>)
    func `a frame is taken when a body of the same bytes would be`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var counts = (taken: 0, refused: 0)
        for _ in 0..<600 {
            var bytes = Array((Self.frames.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) { random.alter(&bytes) }
            let text = ByteBuffer(bytes: bytes)
            let (read, expected) = (try? ClientFrameReader.read(text), frame(of: text))
            #expect(read == expected, "\(String(decoding: bytes, as: UTF8.self))")
            if read == nil { counts.refused += 1 } else { counts.taken += 1 }
        }
        #expect(counts.taken > 20 && counts.refused > 20, "\(counts)")
    }

    /// As a body would be read: by way of the tree.
    private func frame(of text: ByteBuffer) -> ClientFrame? {
        guard case .some(.object(let members)) = try? JSONDecoding.decode(JSONValue.self, from: text) else {
            return nil
        }
        let body = Body(members: Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) }))
        let id: FrameID? = body["id", Int64.self].map { .number($0) } ?? body.text("id").map { .text($0) }
        if case .some(.text(let text)) = id, text.utf8.count > FrameID.longest { return nil }
        let room = body["room_id", RoomID.self]
        switch body.text("op") {
        case "typing":
            guard body.has(["op", "room_id"], and: ["id"]), let room, (id == nil) == (body["id"] == nil) else {
                return nil
            }
            return .typing(room)
        case "ping": return body.has(["op", "id"]) ? id.map { .ping($0) } : nil
        case "auth":
            guard body.has(["op", "id", "token"]), let id, let token = body.text("token") else { return nil }
            return .auth(id, token: token)
        case "unsubscribe":
            guard body.has(["op", "id", "room_id"]), let id, let room else { return nil }
            return .unsubscribe(id, room)
        case "subscribe":
            guard body.has(["op", "id", "room_id"], and: ["after_seq", "after_change"]), let id, let room,
                let after = body.optional("after_seq", Int64.self), after ?? 0 >= 0,
                let change = body.optional("after_change", Int64.self), change ?? 0 >= 0
            else { return nil }
            return .subscribe(id, room, afterSeq: after, afterChange: change)
        case "send":
            guard body.has(["op", "id", "room_id", "client_id", "body"], and: ["reply_to"]), let id, let room,
                let clientID = body.text("client_id").flatMap({ try? ClientID($0) }),
                let said = body.text("body").flatMap({ try? MessageText($0) }),
                let replyTo = body.optional("reply_to", MessageID.self)
            else { return nil }
            return .send(id, room, clientID, said, replyTo: replyTo)
        default: return nil
        }
    }
}

private struct Body {
    let members: [String: JSONValue]

    subscript(_ name: String) -> JSONValue? { members[name] }

    subscript<Value: Decodable>(_ name: String, _ type: Value.Type) -> Value? {
        members[name].flatMap { try? JSONDecoding.decode(type, from: $0) }
    }

    func text(_ name: String) -> String? { self[name, String.self] }

    /// Nil where it is there and wrong.
    func optional<Value: Decodable>(_ name: String, _ type: Value.Type) -> Value?? {
        guard let value = members[name], value != .null else { return .some(nil) }
        return self[name, type].map { .some($0) }
    }

    func has(_ required: Set<String>, and optional: Set<String> = []) -> Bool {
        let names = Set(members.keys)
        return names.isSuperset(of: required) && names.isSubset(of: required.union(optional))
    }
}

extension SplitMix64 {
    /// A change that often leaves a frame: white space, escapes, other spellings, repeats; or just a broken byte.
    fileprivate mutating func alter(_ bytes: inout [UInt8]) {
        var text = String(decoding: bytes, as: UTF8.self)
        let changes: [(String, [String])] = [
            (
                ":1",
                [":1.0", ":1e0", ":10e-1", ":-0", ":1.5", ":9223372036854775808", ":01", ":\"1\"", ":null", ":[1]"]
            ),
            (":12", [":12.0", ":1.2e1", ":-1", ":1e30", ":0e9", ":9223372036854775807.00"]),
            ("\"id\"", ["\"\\u0069d\"", "\"id\":null,\"id\"", "\"x\":1,\"id\"", "\"i\\u0064\"", "\"ID\""]),
            ("\"op\"", ["\"\\u006fp\"", "\"op\":\"ping\",\"op\"", "\"o\"", "\"op \""]),
            ("\"c\"", ["\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\u0000\"", "\"\"", "\"c\\/\\\"\"", "\"\\x\"", "true"]),
            (",", [" , ", "\n,\t", ",,", ""]), ("{", [" {", "{\"after_seq\":null,", "{\"reply_to\":null,", "{{"]),
            ("}", ["} ", ",\"id\":2}", ",\"y\":[[{}]]}", "}}", ",}"]),
        ]
        guard let (found, others) = changes.randomElement(using: &self), let range = text.firstRange(of: found),
            let other = others.randomElement(using: &self), Int.random(in: 0...4, using: &self) > 0
        else {
            if !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &self)] = UInt8.random(in: 0...255, using: &self)
            }
            return
        }
        text.replaceSubrange(range, with: other)
        bytes = Array(text.utf8)
    }
}
