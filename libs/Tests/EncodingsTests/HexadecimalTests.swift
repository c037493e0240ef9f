import Encodings
import Testing

@Suite struct HexadecimalTests {
    @Test func `every byte is two digits, in lower case`() {
        #expect(Hexadecimal.encode([0x00, 0x09, 0x0a, 0x7f, 0xf0, 0xff]) == "00090a7ff0ff")
        #expect(Hexadecimal.encode([]) == "")
    }

    @Test func `digits are read in either case, and nothing else is`() {
        let digits = Array("0123456789abcdefABCDEF".utf8)
        #expect(digits.map(Hexadecimal.value) == Array(0..<16).map { $0 } + [10, 11, 12, 13, 14, 15])
        let others = (UInt8.min ... .max).filter { !digits.contains($0) }
        #expect(others.allSatisfy { Hexadecimal.value(of: $0) == nil })
    }
}
