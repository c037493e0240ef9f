import Foundation
import FoundationXML
import QRCodes
import Testing

@Suite struct DrawingTests {
    @Test func `a drawing is black on white, quiet around, and one path`() throws {
        let svg = try QRCode("A").svg(title: "Scan me")
        #expect(svg.hasPrefix(#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" width="116" height="116""#))
        #expect(svg.contains(##"<rect width="29" height="29" fill="#fff"/><path fill="#000" d="M4 4h7v1h-7z"##))
        #expect(svg.components(separatedBy: "<path").count == 2)
        #expect(!svg.contains("currentColor") && !svg.contains("style") && !svg.contains("\n"))
    }

    @Test func `a drawing shows the modules of its code and no others`() throws {
        let code = try QRCode("https://example.com/?q=1", correction: .quartile)
        var dark = Set<[Int]>()
        let path = try #require(code.svg(title: "").split(separator: #"d=""#).last?.prefix { $0 != "\"" })
        for run in path.split(separator: "M") {
            let numbers = run.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
            try #require(numbers.count == 5)
            for column in 0..<numbers[2] { dark.insert([numbers[1] - 4, numbers[0] - 4 + column]) }
        }
        for row in 0..<code.size {
            for column in 0..<code.size {
                #expect(dark.contains([row, column]) == code.isDark(row: row, column: column))
            }
        }
    }

    @Test(arguments: [
        "</title><script>alert(1)</script>", "a & b < c > d \" e ' f", "]]>&#0;",
        "nul\0 bell\u{7} \u{fffe}\u{ffff} end", "広場",
    ])
    func `a title is text whatever is in it`(title: String) throws {
        let svg = try QRCode("A").svg(title: title)
        let reading = TitleReading()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reading
        #expect(parser.parse())
        #expect(reading.elements == ["svg", "title", "rect", "path"])
        let rest = title.unicodeScalars.filter { !["\0", "\u{7}", "\u{fffe}", "\u{ffff}"].contains($0) }
        #expect(reading.text == String(String.UnicodeScalarView(rest)))
    }

    private final class TitleReading: NSObject, XMLParserDelegate {
        var elements: [String] = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements.append(name)
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }
}
