import ChatDomain
import DomainKit
import Testing

@Suite struct ValueTests {
    @Test(arguments: ["Lobby", "a", String(repeating: "あ", count: 100), "👨‍👩‍👧‍👦 family"])
    func `a room's name is any line of up to 100 characters`(_ text: String) throws {
        #expect(try RoomName(text).description == text)
    }

    @Test(arguments: ["", "  ", "\u{3000}", "a\nb", "a\u{0}", String(repeating: "x", count: 101)])
    func `other names are refused`(_ text: String) {
        #expect(throws: Violation.self) { try RoomName(text) }
    }

    @Test(arguments: ["x", "\n x", String(repeating: "あ", count: 4_000), String(repeating: "😀", count: 4_000)])
    func `a message is any text of up to 4,000 scalars`(_ text: String) throws {
        #expect(try MessageText(text).description == text)
    }

    @Test(arguments: [
        "", " \n", "a\u{0}b", String(repeating: "あ", count: 4_001), String(repeating: "x", count: 1 << 20),
    ])
    func `other texts are refused`(_ text: String) {
        #expect(throws: Violation.self) { try MessageText(text) }
    }

    @Test(arguments: ["", "a\tb", "\u{7f}", String(repeating: "x", count: 201)])
    func `a client id is short and without control characters`(_ text: String) {
        #expect(throws: Violation.self) { try ClientID(text) }
        #expect(throws: Never.self) { try ClientID(String(repeating: "x", count: 200)) }
    }
}
