import ChatDomain
import DomainKit
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        "Lobby", "a", String(repeating: "あ", count: 100), "👨‍👩‍👧‍👦 family", String(repeating: "\u{FDFA}", count: 100),
    ])
    func `a room's name is any line of up to 100 characters`(_ text: String) throws {
        #expect(try RoomName(text).description == text)
    }

    @Test(arguments: [
        "", "  ", "\u{3000}", "\u{200B}", "a\nb", "a\u{2028}b", "a\u{0}", "\u{202E}abc",
        String(repeating: "x", count: 101),
        "a" + String(repeating: "\u{301}", count: 101), String(repeating: "x", count: 1 << 20),
    ])
    func `other names are refused`(_ text: String) {
        #expect(throws: Violation.self) { try RoomName(text) }
        #expect(RoomName(stored: text).description == text)
    }

    @Test func `lengths count scalars, after normalising`() throws {
        #expect(try RoomName(String(repeating: "e\u{301}", count: 100)).description.unicodeScalars.count == 100)
        #expect(throws: Violation.self) { try ClientID("👨‍👩‍👧‍👦" + String(repeating: "x", count: 194)) }
        #expect(throws: Never.self) { try ClientID("👨‍👩‍👧‍👦" + String(repeating: "x", count: 193)) }
        #expect(throws: Violation.self) { try MessageText("a" + String(repeating: "\u{301}", count: 4_000)) }
    }

    @Test func `a rule of membership is asked of every standing there can be`() {
        #expect(MembershipRule { _ in true }.allowed.count == Room.Kind.allCases.count * 32)
        #expect(MembershipRule { $0.kind == .public && $0.user == nil && $0.caller == nil }.allowed.count == 2)
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

    @Test(arguments: ["", "a\tb", "\u{7f}", "a\u{85}", String(repeating: "x", count: 201)])
    func `a client id is short and without control characters`(_ text: String) {
        #expect(throws: Violation.self) { try ClientID(text) }
        #expect(throws: Never.self) { try ClientID(String(repeating: "x", count: 200)) }
    }
}
