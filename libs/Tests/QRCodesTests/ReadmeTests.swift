import PlatformTesting
import QRCodes
import Testing

@Suite struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "QRCodes"))
    }

    @Test func `the example does what it says`() throws {
        let card = try doorCard("https://example.com/a&b")
        #expect(card.contains("<title>Code of https://example.com/a&amp;b</title>"))
        let svg = String(card.dropFirst("<figure>".count).dropLast("</figure>".count))
        #expect(try PictureReader.texts(in: svg) == "https://example.com/a&b\n")
        let lines = try terminal("A").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 11)
        #expect(lines[0].hasPrefix("█▀▀▀▀▀█"))
    }
}
