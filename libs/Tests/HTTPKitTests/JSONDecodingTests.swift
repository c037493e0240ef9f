import DomainKit
import Foundation
import HTTPKit
import NIOCore
import Testing

private struct Room: Decodable, Equatable {
    struct Limits: Decodable, Equatable {
        let slowModeSeconds: Int

        enum CodingKeys: String, CodingKey {
            case slowModeSeconds = "slow_mode_seconds"
        }
    }

    enum Kind: String, Decodable {
        case `public`, `private`
    }

    let name: String
    let kind: Kind
    let tags: [String]
    let limits: Limits
    let ownerID: UUID?
    let isOpen: Bool?

    enum CodingKeys: String, CodingKey {
        case name, kind, tags, limits
        case ownerID = "owner_id"
        case isOpen = "is_open"
    }
}

private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws(Failure) -> Value {
    try JSONDecoding.decode(type, from: ByteBuffer(string: text))
}

/// `pointer code` of everything found wrong.
private func findings<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> [String] {
    do {
        _ = try JSONDecoding.decode(type, from: ByteBuffer(bytes: bytes))
        return []
    } catch {
        #expect(error.kind == .invalidInput)
        return error.violations.map { "\($0.pointer) \($0.code)" }
    }
}

private func findings<Value: Decodable>(_ type: Value.Type, _ text: String) -> [String] {
    findings(type, Array(text.utf8))
}

@Suite struct JSONDecodingTests {
    @Test func `a whole document is read`() throws {
        let id = UUID()
        let room = try decode(
            Room.self,
            #" {"name":"日本 \u00e9\ud83d\ude00\n","kind":"public","tags":["a","b"],"limits":{"slow_mode_seconds":5},"owner_id":"\#(id.uuidString)","is_open":null} "#
        )
        #expect(room.name == "日本 é😀\n")
        #expect(room.kind == .public)
        #expect(room.tags == ["a", "b"])
        #expect(room.limits.slowModeSeconds == 5)
        #expect(room.ownerID == id)
        #expect(room.isOpen == nil)
    }

    @Test func `every mistake is told at once, with its pointer`() {
        let found = findings(
            Room.self,
            #"{"name":5,"kind":"public","tags":["a",true],"limits":{"slow_mode_seconds":"x","more":1},"owner_id":"x","isOpen":true}"#
        )
        #expect(
            Set(found) == [
                "/isOpen unknown-field", "/name wrong-type", "/tags/1 wrong-type", "/limits/more unknown-field",
                "/limits/slow_mode_seconds wrong-type", "/owner_id not-a-uuid",
            ])
    }

    @Test func `missing members are named`() {
        let found = findings(Room.self, #"{"kind":"public","limits":{}}"#)
        #expect(found.contains("/name missing-field"))
        #expect(found.contains("/tags missing-field"))
    }

    @Test func `a word that is none of the choices is not acceptable`() {
        let found = findings(Room.self, #"{"name":"a","kind":"secret","tags":[],"limits":{"slow_mode_seconds":1}}"#)
        #expect(found == ["/kind not-acceptable"])
    }

    @Test func `null is a wrong type where a value is required`() {
        let found = findings(Room.self, #"{"name":null,"kind":"public","tags":[],"limits":null}"#)
        #expect(found == ["/name wrong-type", "/limits wrong-type"])
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "nul", "truefalse",
        "01", "-", "1.", ".5", "+1", "1e", "1e+", "0x10", "NaN", "Infinity", "\"a", "\"\\x\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"\t\"", "{} {}", "[] x", "// c\n1", "\u{feff}{}", "{\"a\":}", "[,]", "{,}",
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(findings(JSONValue.self, text).count == 1)
    }

    @Test(arguments: [
        "null", "true", "0", "-0", "1.5e-3", "-12E+2", "\"\"", "[]", "{}", "[[[]]]", "\"\\/\\b\\f\"",
        "123456789012345678901234567890",
    ])
    func `JSON of every kind is read`(text: String) {
        #expect(findings(JSONValue.self, text).isEmpty)
    }

    @Test func `a member that stands twice is refused, however it is written`() {
        #expect(findings(JSONValue.self, #"{"a":{"b":1,"b":2}}"#) == ["/a/b duplicate-field"])
        #expect(findings(JSONValue.self, #"{"a":1,"\u0061":2}"#) == ["/a duplicate-field"])
        for first in ["null", "{}", "[]", #""""#, "0", "false"] {
            #expect(findings(JSONValue.self, "{\"a\":\(first),\"a\":2}") == ["/a duplicate-field"])
        }
        let many = (0..<40).map { "\"k\($0)\":1" }.joined(separator: ",")
        #expect(findings(JSONValue.self, "{\(many),\"k39\":2}") == ["/k39 duplicate-field"])
    }

    @Test func `broken UTF-8 is refused where it stands`() {
        #expect(findings(JSONValue.self, Array(#"{"a":""#.utf8) + [0xff] + Array(#""}"#.utf8)) == ["/a invalid-text"])
        let overlong = Array(#"["x\n"#.utf8) + [0xc0, 0xaf] + Array(#""]"#.utf8)
        #expect(findings(JSONValue.self, overlong) == ["/0 invalid-text"])
        let surrogate = Array(#"[""#.utf8) + [0xed, 0xa0, 0x80] + Array(#""]"#.utf8)
        #expect(findings(JSONValue.self, surrogate) == ["/0 invalid-text"])
    }

    @Test(arguments: [#"["\ud800"]"#, #"["\udc00"]"#, #"["\ud800\u0041"]"#, #"["\ud800x"]"#, #"["\ud83d\ud83d"]"#])
    func `half a surrogate pair is refused`(text: String) {
        #expect(findings(JSONValue.self, text) == ["/0 invalid-text"])
    }

    @Test func `U+0000 is refused, as no database of ours can hold it`() {
        #expect(findings(JSONValue.self, #"{"a":"x\u0000"}"#) == ["/a invalid-text"])
    }

    @Test func `64 levels are read and a hundred thousand do no harm`() {
        let deep = { (count: Int) in String(repeating: "[", count: count) + String(repeating: "]", count: count) }
        #expect(findings(JSONValue.self, deep(64)).isEmpty)
        #expect(findings(JSONValue.self, deep(65)).first?.hasSuffix("too-deep") == true)
        #expect(findings(JSONValue.self, deep(100_000)).first?.hasSuffix("too-deep") == true)
        let objects = String(repeating: #"{"a":"#, count: 100_000)
        #expect(findings(JSONValue.self, objects).first?.hasSuffix("too-deep") == true)
    }

    @Test func `pointers escape what RFC 6901 says`() {
        #expect(findings(Room.self, #"{"a/b~c":1}"#).contains("/a~1b~0c unknown-field"))
    }

    @Test func `integers are whole numbers in range, in any notation`() throws {
        #expect(try decode([Int].self, "[1, -7, 1.0, 2e3, 9223372036854775807]") == [1, -7, 1, 2_000, .max])
        #expect(
            findings([Int].self, "[1.5, 9223372036854775808, 1e400, true, \"1\"]")
                == ["/0 wrong-type", "/1 wrong-type", "/2 wrong-type", "/3 wrong-type", "/4 wrong-type"])
        #expect(findings([Double].self, "[1e400]") == ["/0 wrong-type"])
    }

    @Test func `times are RFC 3339`() throws {
        #expect(try decode([Date].self, #"["1970-01-01T00:00:01.500Z"]"#) == [Date(timeIntervalSince1970: 1.5)])
        #expect(findings([Date].self, #"["yesterday", 5]"#) == ["/0 not-a-time", "/1 wrong-type"])
    }

    @Test func `a violation a type raises itself is reported where the value stands`() {
        struct Even: Decodable {
            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer().decode(Int.self)
                guard value.isMultiple(of: 2) else { throw Violation(code: "odd", detail: "This must be even.") }
            }
        }
        #expect(findings([Even].self, "[2, 3]") == ["/1 odd"])
    }

    @Test func `a value of the wrong type is told once, though its type refuses the placeholder too`() {
        struct Word: Decodable {
            init(from decoder: any Decoder) throws {
                let text = try decoder.singleValueContainer().decode(String.self)
                if text.isEmpty { throw Violation(code: "too-short", detail: "This must not be empty.") }
            }
        }
        struct Patch: Decodable { let word: PatchField<Word> }
        #expect(findings(Patch.self, #"{"word":5}"#) == ["/word wrong-type"])
        #expect(findings(Patch.self, #"{"word":""}"#) == ["/word too-short"])
    }

    @Test func `a patch tells what was left out from what was set`() throws {
        struct Patch: Decodable {
            let title: PatchField<String>
            let description: PatchField<String?>
            let tags: PatchField<[String]>
        }
        let patch = try decode(Patch.self, #"{"description":null,"tags":["a"]}"#)
        #expect(patch.title.value == nil)
        #expect(patch.description.value == .some(nil))
        #expect(patch.tags.value == ["a"])
        let named = try decode(Patch.self, #"{"description":"x"}"#)
        #expect(named.description.value == "x")
        #expect(
            findings(Patch.self, #"{"title":null,"tags":[1],"x":2}"#).sorted() == [
                "/tags/0 wrong-type", "/title wrong-type", "/x unknown-field",
            ])
    }

    @Test func `optionals and dictionaries come through`() throws {
        #expect(try decode([Int?].self, "[1,null]") == [1, nil])
        #expect(try decode([String: Int].self, #"{"a":1}"#) == ["a": 1])
        #expect(findings([String: Int].self, #"{"a":"x"}"#) == ["/a wrong-type"])
        #expect(findings(Room.self, "[]") == [" wrong-type"])
    }

    @Test func `at most fifty findings are told`() {
        let many = "[" + Array(repeating: "true", count: 500).joined(separator: ",") + "]"
        #expect(findings([Int].self, many).count == 50)
    }
}
