import HTTPTypes
import Testing

@testable import WebSocketKit

@Suite struct ExtensionTermsTests {
    private func read(_ lines: String...) -> [String]? {
        var fields = HTTPFields()
        for line in lines { fields.append(HTTPField(name: .secWebSocketExtensions, value: line)) }
        return WebSocketExtensionTerms.list(in: fields).map { $0.map(\.fieldValue) }
    }

    @Test func `members of all lines are read in their order`() {
        #expect(read() == [])
        #expect(read("foo") == ["foo"])
        #expect(read("foo, bar; baz=2", "qux;a;b = c") == ["foo", "bar; baz=2", "qux; a; b=c"])
        #expect(read(" ,, foo ,\t, bar,") == ["foo", "bar"])
        let deflate = "permessage-deflate; client_max_window_bits; server_max_window_bits=10"
        #expect(read(deflate) == [deflate])
    }

    @Test func `a quoted value is what it holds, which is a token`() {
        #expect(read(#"foo; a="10""#) == ["foo; a=10"])
        #expect(read(#"foo; a = "1\0" ; b , bar"#) == ["foo; a=10; b", "bar"])
        let broken = [
            #"foo; a="""#, #"foo; a="1 0""#, #"foo; a="1,0""#, #"foo; a="10"#, #"foo; a="1\"#, #"foo; a="é""#,
        ]
        for bad in broken {
            #expect(read(bad) == nil, "\(bad)")
        }
    }

    @Test func `what breaks the grammar is nothing, however good the rest is`() {
        let broken = [
            "foo bar", "foo;", "foo; =1", "foo; a=", "foo; a=b=c", ";a", "f(o)", "foo/1", "foo; a b", "=", "\"foo\"",
        ]
        for bad in broken {
            #expect(read(bad) == nil, "\(bad)")
            #expect(read("good", bad) == nil, "\(bad)")
        }
    }
}
