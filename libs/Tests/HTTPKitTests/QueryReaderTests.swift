import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@Suite struct QueryReaderTests {
    private enum Order: String, CaseIterable {
        case newest, oldest
    }

    private func request(_ path: String) -> Request {
        Request(
            head: HTTPRequest(method: .get, scheme: "http", authority: "x", path: path),
            body: RequestBody(buffer: ByteBuffer()))
    }

    private func findings(
        _ path: String, _ read: (inout QueryReader) -> Void
    ) -> [String] {
        do throws(Failure) {
            var query = try QueryReader(request(path))
            read(&query)
            try query.done()
            return []
        } catch {
            return error.violations.map { "\($0.pointer) \($0.code)" }
        }
    }

    @Test func `typed parameters come through`() throws {
        let owner = UUID()
        var query = try QueryReader(
            request("/v1/videos?owner=\(owner)&q=%E6%97%A5+b%2B&order=oldest&limit=7&after=3&cursor=\(Cursor(["k"]))"))
        #expect(query.value("owner", as: ID<Int>.self) == ID(owner))
        #expect(query.string("q") == "日 b+")
        #expect(query.choice("order", of: Order.self) == .oldest)
        #expect(query.integer("after", in: 0...10) == 3)
        #expect(query.page() == PageRequest(limit: 7, after: Cursor(["k"])))
        #expect(query.string("more") == nil)
        try query.done()
    }

    @Test func `a list without parameters has the standard page`() throws {
        var query = try QueryReader(request("/v1/videos"))
        #expect(query.page() == PageRequest(limit: 25, after: nil))
        try query.done()
    }

    @Test func `everything wrong is told at once`() {
        let found = findings(
            "/?limit=101&cursor=!&owner=x&order=best&n=x&long=\(String(repeating: "a", count: 300))&z=1&a=1"
        ) {
            _ = $0.page()
            _ = $0.value("owner", as: ID<Int>.self)
            _ = $0.choice("order", of: Order.self)
            _ = $0.integer("n", in: 0...9)
            _ = $0.string("long")
        }
        #expect(
            found == [
                "?limit out-of-range", "?cursor invalid-cursor", "?owner wrong-type", "?order not-acceptable",
                "?n wrong-type", "?long too-long", "?a unknown-parameter", "?z unknown-parameter",
            ])
    }

    @Test(arguments: ["0", "-1", "101", "1.5", "abc", "", "%31%30%30%30", "99999999999999999999", "+5"])
    func `a limit outside 1 to 100 is refused`(limit: String) {
        #expect(findings("/?limit=\(limit)") { _ = $0.page() }.count == 1)
    }

    @Test func `lengths count scalars, and marks join nothing`() throws {
        let family = String(repeating: "%F0%9F%91%A8%E2%80%8D", count: 100)
        #expect(findings("/?q=\(family)") { _ = $0.string("q", maximum: 199) } == ["?q too-long"])
        var query = try QueryReader(request("/?q=\(family)&r=a+\u{301}&s=%2B+%2b"))
        #expect(query.string("q", maximum: 200)?.unicodeScalars.count == 200)
        #expect(query.string("r") == "a \u{301}")
        #expect(query.string("s") == "+ +")
        try query.done()
        let long = String(repeating: "e%CC%81", count: 4_000)
        let found = findings("/?\(long)=1") { _ in }
        #expect(found.count == 1 && found[0].utf8.count < 300)
    }

    @Test func `a parameter that stands twice is refused`() {
        #expect(findings("/?limit=1&limit=2") { _ = $0.page() } == ["?limit duplicate-parameter"])
    }

    @Test(arguments: ["/?a=%", "/?a=%4", "/?a=%zz", "/?a=%+1", "/?a=%ff", "/?a=%00", "/?%c3%28=1"])
    func `broken escapes and text are refused`(path: String) {
        #expect(findings(path) { _ = $0.string("a") } == ["? invalid-text"])
    }

    @Test func `a route without parameters can insist`() throws {
        try request("/x").requireNoQuery()
        #expect(throws: Failure.self) { try request("/x?y=1").requireNoQuery() }
    }
}
