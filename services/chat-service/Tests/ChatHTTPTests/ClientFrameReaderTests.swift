import ChatDomain
import DomainKit
import NIOCore
import Testing

@testable import ChatHTTP

@Suite struct ClientFrameReaderTests {
    static let room = "01a20b0b-65fa-736c-84e5-4999e596e6e5"

    func read(_ text: String) throws -> ClientFrame {
        try ClientFrameReader.read(ByteBuffer(string: text))
    }

    @Test func `every frame is read, its members in any order`() throws {
        let room = try #require(RoomID(Self.room))
        guard
            case .send(.number(7), room, let clientID, let body, nil) = try read(
                #" { "body" : "a\"\\\/\b\f\n\r\té\ud83d\ude00" , "client_id":"c", "room_id":"\#(Self.room)","reply_to":null,"id":7,"op":"send"} "#
            )
        else {
            Issue.record("no send")
            return
        }
        #expect(clientID.description == "c")
        #expect(body.description == "a\"\\/\u{8}\u{c}\n\r\té😀")
        guard
            case .subscribe(.text("x"), room, afterSeq: 12) = try read(
                #"{"op":"subscribe","id":"x","room_id":"\#(Self.room)","after_seq":12}"#)
        else {
            Issue.record("no subscribe")
            return
        }
        guard case .typing(room) = try read(#"{"op":"typing","room_id":"\#(Self.room)"}"#),
            case .ping(.number(-1)) = try read(#"{"op":"ping","id":-1}"#),
            case .auth(.number(1), token: "t") = try read(#"{"op":"auth","id":1,"token":"t"}"#),
            case .unsubscribe(.number(1), room) = try read(#"{"op":"unsubscribe","id":1,"room_id":"\#(Self.room)"}"#)
        else {
            Issue.record("a frame was taken for another")
            return
        }
    }

    @Test(arguments: [
        "", " ", "x", "[]", "1", "null", "\"a\"", "{", "{}x", "{\"op\"}", "{\"op\":}", "{\"op\":\"ping\",}",
        "{'op':'ping'}",
        "{\"op\":\"pi\nng\"}", "{\"op\":\"\\x\"}", "{\"op\":\"\\ud800\"}", "{\"op\":\"\\u12\"}", "{\"id\":01}",
        "{\"id\":1.}",
        "{\"id\":+1}", "{\"a\":tru}", "{\"op\":\"ping\"} {}", "{\"a\":\"\\",
        "{\"a\":" + String(repeating: "[", count: 30_000),
    ])
    func `what is no JSON object is no frame`(_ text: String) {
        do {
            _ = try read(text)
            Issue.record("\(text) was taken")
        } catch {
            guard case .some(.notAFrame) = error as? ClientFrameError else {
                Issue.record("\(text): \(error)")
                return
            }
        }
    }

    @Test(arguments: [
        ("{}", "/op", "required"), (#"{"op":1}"#, "/op", "wrong-type"), (#"{"op":"read"}"#, "/op", "unknown-op"),
        (#"{"op":"ping"}"#, "/id", "required"), (#"{"op":"ping","id":1.5}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":null}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":99999999999999999999}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":1,"id":2}"#, "/id", "duplicate-field"),
        (#"{"op":"ping","id":1,"x":{"y":[1,null]}}"#, "/x", "unknown-field"),
        (#"{"op":"ping","id":1,"body":"x"}"#, "/body", "unknown-field"),
        (#"{"op":"subscribe","id":1,"room_id":"x"}"#, "/room_id", "wrong-type"),
        (#"{"op":"subscribe","id":1,"room_id":"\#(room)","after_seq":-1}"#, "/after_seq", "wrong-type"),
        (#"{"op":"subscribe","id":1,"room_id":"\#(room)","after_seq":"1"}"#, "/after_seq", "wrong-type"),
        (#"{"op":"send","id":1,"room_id":"\#(room)","client_id":"","body":"x"}"#, "/client_id", "blank"),
        (#"{"op":"send","id":1,"room_id":"\#(room)","client_id":"c","body":"\u0000"}"#, "/body", "control-character"),
        (#"{"op":"send","id":1,"room_id":"\#(room)","client_id":"c","body":"a\u0000"}"#, "/body", "control-character"),
        (
            #"{"op":"send","id":1,"room_id":"\#(room)","client_id":"c","body":"a","reply_to":"x"}"#, "/reply_to",
            "wrong-type"
        ),
        (#"{"op":"send","id":1,"room_id":"\#(room)","client_id":"c"}"#, "/body", "required"),
    ])
    func `what is wrong with a frame is named`(_ text: String, _ pointer: String, _ code: String) {
        do {
            _ = try read(text)
            Issue.record("\(text) was taken")
        } catch {
            guard case .some(.invalid(_, let violations)) = error as? ClientFrameError else {
                Issue.record("\(text): \(error)")
                return
            }
            #expect(violations.contains { $0.pointer == pointer && $0.code == code }, "\(violations)")
        }
    }
}
