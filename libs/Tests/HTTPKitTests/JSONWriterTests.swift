import DomainKit
import Foundation
import HTTPKit
import NIOCore
import Testing

@Suite struct JSONWriterTests {
    private struct Sample: JSONWritable {
        let body: @Sendable (inout JSONWriter) -> Void

        func write(to json: inout JSONWriter) { body(&json) }
    }

    private func text(_ body: @escaping @Sendable (inout JSONWriter) -> Void) -> String {
        String(decoding: JSONWriter.bytes(of: Sample(body: body)), as: UTF8.self)
    }

    @Test func `members and elements are separated at every depth`() {
        let written = text { json in
            json.object {
                $0.member("a", 1)
                $0.member("b", object: { $0.member("c", true) })
                $0.member(
                    "d",
                    array: { array in
                        array.element("x")
                        array.element(["y"])
                        array.element([String]())
                    })
                $0.member("e", nil as String?)
                $0.member("f", object: { _ in })
            }
        }
        #expect(written == #"{"a":1,"b":{"c":true},"d":["x",["y"],[]],"e":null,"f":{}}"#)
    }

    @Test func `strings are escaped as far as needed`() throws {
        let awkward = "\"\\/\n\r\t\u{1}\u{1f}\u{7f}é日😀\u{2028}"
        let written = text { awkward.write(to: &$0) }
        #expect(written == "\"\\\"\\\\/\\n\\r\\t\\u0001\\u001f\u{7f}é日😀\u{2028}\"")
        #expect(try JSONDecoder().decode(String.self, from: Data(written.utf8)) == awkward)
    }

    @Test func `numbers, times and ids have their forms`() {
        let id = UUID()
        let written = text { json in
            json.array { array in
                array.element(Int.min)
                array.element(UInt64.max)
                array.element(1.5)
                array.element(Double.infinity)
                array.element(Date(timeIntervalSince1970: 0.042))
                array.element(id)
                array.element(["b": 1, "a": 2])
            }
        }
        #expect(
            written
                == "[-9223372036854775808,18446744073709551615,1.5,null,\"1970-01-01T00:00:00.042Z\",\"\(id.uuidString.lowercased())\",{\"a\":2,\"b\":1}]"
        )
    }

    @Test func `a document read is written as it was`() throws {
        let document = #"{"b":1.50,"a":[null,true,"x\"y"],"c":{}}"#
        let value = try JSONDecoding.decode(JSONValue.self, from: .init(string: document))
        #expect(String(decoding: JSONWriter.bytes(of: value), as: UTF8.self) == document)
    }

    @Test func `pages name what comes next`() {
        let page = Page(items: [1, 2], next: Cursor(["x"]))
        #expect(text { page.write(to: &$0) } == #"{"items":[1,2],"next_cursor":"\#(Cursor(["x"]))"}"#)
        #expect(text { Page<Int>(items: [], next: nil).write(to: &$0) } == #"{"items":[],"next_cursor":null}"#)
    }
}
