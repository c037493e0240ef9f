import HTTPKit
import Testing

@Suite struct FormTextTests {
    @Test(arguments: ["", "a b", "a+b", "100%", "日本", "a&b=c", "*-._~!'()", "\u{1F600}\n"])
    func `what is encoded reads back the same`(text: String) {
        let encoded = FormText.encode(text)
        #expect(
            encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "&") && $0 != UInt8(ascii: "=") })
        #expect(FormText.decode(Substring(encoded).utf8) == text)
    }

    @Test func `pairs keep their order, repeats and empty values`() {
        let pairs = FormText.pairs("a=1&&b=&a=2&c&=x&d=e=f")
        #expect(pairs?.map(\.name) == ["a", "b", "a", "c", "", "d"])
        #expect(pairs?.map(\.value) == ["1", "", "2", "", "x", "e=f"])
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%80=1", "a=%00", "a=%c0%80"])
    func `what is no text is nothing`(text: String) {
        #expect(FormText.pairs(text) == nil)
    }
}
