import Testing

@testable import S3ObjectStorage

@Suite struct XMLReaderTests {
    private func read(_ text: String) throws -> XMLElement { try XMLReader.read(Array(text.utf8)) }

    @Test func `elements, text, attributes and entities are read`() throws {
        let root = try read(
            """
             \n<?xml version="1.0" encoding="UTF-8"?>
            <s3:List xmlns:s3="http://x/?a>b" other='"'><Key>a&lt;b&amp;&#x30D3;&#12487;&quot;&apos;&gt;</Key>
              <Empty/><Key >夏\t</Key ></s3:List>
            """)
        #expect(root.name == "List" && root.children.map(\.name) == ["Key", "Empty", "Key"])
        #expect(root.all("Key").map(\.text) == ["a<b&ビデ\"'>", "夏\t"])
        #expect(try root.text("Empty") == "" && root.text("None") == nil)
        #expect(throws: UnreadableXML.self) { try root.text("Key") }
        #expect(throws: UnreadableXML.self) { try root.required("Empty") }
    }

    @Test(arguments: [
        "", " ", "x", "<", "<a", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "</a>", "<a></a></a>", "<>", "<a:></a:>",
        "<a b></a>",
        "<a b=c></a>", "<a b=\"c></a>", "<a b=\"<\"></a>", "<a><!-- x --></a>", "<a><![CDATA[x]]></a>", "<a><?b?></a>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>", "<?xml version=\"1.0\"", "<a>&b;</a>",
        "<a>&lt</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#99999999999;</a>", "<a>&#-5;</a>",
        "<a>&#+65;</a>", "<a>&#x;</a>", "<a>&;</a>", "<a>\u{1}</a>", "<a>&", "<a>x", "<a x=\"1\"y=\"2\"/>",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: UnreadableXML.self) { try read(text) }
    }

    @Test func `neither depth nor length nor broken text ends the process`() throws {
        let deep = { String(repeating: "<a>", count: $0) + String(repeating: "</a>", count: $0) }
        #expect(try read(deep(XMLReader.deepest)).name == "a")
        for text in [deep(XMLReader.deepest + 1), deep(100_000)] {
            #expect(throws: UnreadableXML.self) { try read(text) }
        }
        let long = "<a>" + String(repeating: "<b>x</b>", count: 20_000) + "</a>"
        #expect(try read(long).children.count == 20_000)
        for bytes in [[0x3c, 0xff, 0x3e], [0xfe, 0xff], [0xef, 0xbb, 0xbf, 0x3c, 0x61, 0x2f, 0x3e]] as [[UInt8]] {
            #expect(throws: UnreadableXML.self) { try XMLReader.read(bytes) }
        }
    }

    @Test func `every beginning of a document is refused and ends nothing`() throws {
        let text = "<?xml version='1.0'?><L a=\"b\"><K>&amp;&#x41;</K><E/></L>"
        for count in 0..<text.utf8.count {
            #expect(throws: UnreadableXML.self) { try XMLReader.read(Array(text.utf8.prefix(count))) }
        }
    }
}
