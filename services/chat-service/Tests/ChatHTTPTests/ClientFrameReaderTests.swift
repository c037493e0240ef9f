import ChatDomain
import DomainKit
import HTTPKit
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
            case .subscribe(.text("x"), room, afterSeq: 12, afterChange: 3) = try read(
                #"{"op":"subscribe","id":"x","room_id":"\#(Self.room)","after_change":3,"after_seq":12}"#)
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
        "", " ", "x", "[]", "{}", "{\"id\":1}", "{\"a\":1}", "1", "null", "\"a\"", "{", "{}x", "{\"op\"}", "{\"op\":}",
        "{\"op\":\"ping\",}",
        "{'op':'ping'}",
        "{\"op\":\"pi\nng\"}", "{\"op\":\"\\x\"}", "{\"op\":\"\\u12\"}", "{\"id\":01}",
        "{\"id\":1.}",
        "{\"id\":+1}", "{\"a\":tru}", "{\"op\":\"ping\"} {}", "{\"a\":\"\\",
        "{\"a\":" + String(repeating: "[", count: 30_000), "{\"\\x\":1}", "{\"a\":\"\\\n\"}",
        "{\"a\":{\"\\x\":1}}", "{\"op\":\"ping\",\"id\":1e}", "{\"op\":\"ping\",\"id\":-}", "{\"a\":\"\\u00e\"}",
        "{\"a\":\"\\u００００\"}",
    ])
    func `what is no JSON object, or has no op, is no frame`(_ text: String) {
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
        (#"{"op":"\ud800"}"#, "/op", "invalid-text"), (#"{"op":"ping","id":1,"a\ud800":1}"#, "/", "unknown-field"),
        (#"{"op":"ping","id":1,"a~b/c":"\udc00"}"#, "/a~0b~1c", "unknown-field"), (#"{"op":1}"#, "/op", "wrong-type"),
        (#"{"op":"later"}"#, "/op", "unknown-op"),
        (#"{"op":"ping"}"#, "/id", "required"), (#"{"op":"ping","id":1.5}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":null}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":99999999999999999999}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":1,"id":2}"#, "/id", "duplicate-field"),
        (#"{"op":"ping","id":1,"\u0069d":2}"#, "/id", "duplicate-field"),
        (
            #"{"op":"subscribe","id":1,"room_id":"\#(room)","after_seq":null,"after_seq":5}"#, "/after_seq",
            "duplicate-field"
        ),
        (
            #"{"op":"send","id":1,"room_id":"\#(room)","client_id":"c","body":"a","reply_to":null,"reply_to":null}"#,
            "/reply_to", "duplicate-field"
        ),
        (#"{"op":"ping","id":1,"after_seq":null}"#, "/after_seq", "unknown-field"),
        (#"{"op":"ping","id":"a\u0000"}"#, "/id", "invalid-text"),
        (#"{"op":"ping","id":9223372036854775808}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":1e19}"#, "/id", "wrong-type"), (#"{"op":"ping","id":1e-1}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":1e99999999999999999999}"#, "/id", "wrong-type"),
        (#"{"op":"ping","id":1,"x":{"y":[1,null]}}"#, "/x", "unknown-field"),
        (#"{"op":"ping","id":1,"body":"x"}"#, "/body", "unknown-field"),
        (#"{"op":"subscribe","id":1,"room_id":"x"}"#, "/room_id", "wrong-type"),
        (#"{"op":"subscribe","id":1,"room_id":"\#(room)","after_seq":-1}"#, "/after_seq", "wrong-type"),
        (#"{"op":"subscribe","id":1,"room_id":"\#(room)","after_seq":"1"}"#, "/after_seq", "wrong-type"),
        (#"{"op":"subscribe","id":1,"room_id":"\#(room)","after_change":-1}"#, "/after_change", "wrong-type"),
        (#"{"op":"subscribe","id":1,"room_id":"\#(room)","after_change":1.5}"#, "/after_change", "wrong-type"),
        (#"{"op":"send","id":1,"after_change":1}"#, "/after_change", "unknown-field"),
        (#"{"op":"send","id":1,"room_id":"\#(room)","client_id":"","body":"x"}"#, "/client_id", "blank"),
        (#"{"op":"send","id":1,"room_id":"\#(room)","client_id":"c","body":"\u0000"}"#, "/body", "invalid-text"),
        (#"{"op":"send","id":1,"room_id":"\#(room)","client_id":"c","body":"a\u0000"}"#, "/body", "invalid-text"),
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

    @Test(arguments: [
        ("1.0", 1), ("1e0", 1), ("1E+0", 1), ("10e-1", 1), ("0.1e1", 1), ("100e-2", 1), ("-0", 0), ("-0.0", 0),
        ("0e99999999999999999999", 0), ("1.50e1", 15), ("9223372036854775807", Int64.max),
        ("-9223372036854775808", Int64.min), ("-9223372036854775808.000", .min), ("922337203685477580.7e1", .max),
        ("9007199254740993.0", 9_007_199_254_740_993), ("1000000000000000000000e-3", 1_000_000_000_000_000_000),
    ])
    func `numbers are equal by value, however they are written`(_ text: String, _ value: Int64) throws {
        guard case .ping(.number(value)) = try read(#"{"op":"ping","id":\#(text)}"#) else {
            Issue.record("\(text) is not \(value)")
            return
        }
    }

    /// The same documents for the reader of bodies and the reader of frames: what is JSON for one is JSON for both.
    @Test(arguments: [
        "{\"a\":1}", "{\"a\":-0}", "{\"a\":1e5}", "{\"a\":1E+5}", "{\"a\":.5}", "{\"a\":-.5}", "{\"a\":1.}",
        "{\"a\":01}",
        "{\"a\":0x1}", "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":'x'}", "{a:1}", "{\"a\":1,}", "{,}", "{\"a\" 1}",
        "{\"a\"::1}",
        "{\"a\":[1,]}", "{\"a\":[,]}", "{\"a\":[1 2]}", "{\"a\":\"\t\"}", "{\"a\":\"\\t\"}", "{\"a\":\"\\q\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\\ud83d\\ude00\"}", "{\"\\u0061\":1}",
        "{\"\\q\":1}",
        "\u{feff}{\"a\":1}", "{\"a\":1}\u{0}", " {\"a\":1} ", "{\"a\":1}{}", "{\"a\":true}", "{\"a\":True}",
        "{\"a\":nul}", "{\"a\":/*x*/1}",
        "{\"a\":1}//x",
        "{\"a\":" + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}",
        "{\"a\":" + String(repeating: "[", count: 64) + String(repeating: "]", count: 64) + "}",
    ])
    func `bodies and frames have one grammar`(_ members: String) {
        // An operation, so that only what is no JSON is no frame.
        let document = members.replacing("{", with: #"{"op":"x","#, maxReplacements: 1)
        var finding: String?
        do {
            _ = try JSONDecoding.decode(JSONValue.self, from: ByteBuffer(string: document))
        } catch {
            finding = error.violations.first?.code
        }
        do {
            _ = try read(document)
            Issue.record("\(document) is no operation")
        } catch ClientFrameError.notAFrame {
            #expect(finding == "malformed-json" || finding == "too-deep")
        } catch {
            #expect(finding == nil || finding == "invalid-text")
        }
    }
}
