import DomainKit
import Foundation
import Testing

@Suite struct PageTests {
    @Test func `the extra row only tells that there is more`() {
        let page = Page([1, 2, 3], limit: 2) { Cursor([String($0)]) }
        #expect(page.items == [1, 2])
        #expect(page.next == Cursor(["2"]))
    }

    @Test(arguments: [[], [1], [1, 2]])
    func `without an extra row it is the last page`(rows: [Int]) {
        let page = Page(rows, limit: 2) { Cursor([String($0)]) }
        #expect(page.items == rows)
        #expect(page.next == nil)
    }

    @Test func `a page keeps its place when its items change form`() {
        let page = Page(items: [1, 2], next: Cursor(["2"])).map(String.init)
        #expect(page.items == ["1", "2"] && page.next == Cursor(["2"]))
    }

    @Test(arguments: [[], [""], ["a"], ["2026-01-01T00:00:00Z", "日本語", "\"\\"], ["a", "", "b"]])
    func `a cursor survives the trip through a URL`(parts: [String]) {
        let text = Cursor(parts).description
        #expect(Cursor(encoded: text) == Cursor(parts))
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }

    @Test(arguments: ["", "!", "YQ", "eyJhIjoxfQ", "bnVsbA", "WzFd", String(repeating: "A", count: 2_000), "日本"])
    func `what is no cursor of ours is refused`(text: String) {
        #expect(Cursor(encoded: text) == nil)
    }
}
