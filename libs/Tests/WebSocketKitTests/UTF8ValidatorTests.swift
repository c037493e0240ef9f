import Testing

@testable import WebSocketKit

@Suite struct UTF8ValidatorTests {
    private func isText(_ bytes: [UInt8], splitAt cut: Int? = nil) -> Bool {
        var validator = UTF8Validator()
        let pieces = cut.map { [Array(bytes[..<$0]), Array(bytes[$0...])] } ?? [bytes]
        for piece in pieces where !piece.withUnsafeBytes({ validator.consume($0) }) { return false }
        return validator.isComplete
    }

    @Test(arguments: ["", "hello", "κόσμε", "日本語のチャット", "🎈 and text", "\u{10FFFF}\u{E000}\u{D7FF}\0"])
    func `text is accepted whole and cut anywhere`(text: String) {
        let bytes = Array(text.utf8)
        #expect(isText(bytes))
        for cut in 0...bytes.count { #expect(isText(bytes, splitAt: cut)) }
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0xAF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x8E], [0xC3, 0x28],
            [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0xFF],
        ] as [[UInt8]])
    func `overlong forms, surrogates, stray and missing bytes are refused`(bytes: [UInt8]) {
        #expect(!isText(bytes))
        for cut in 0...bytes.count { #expect(!isText(bytes, splitAt: cut)) }
    }

    @Test func `agrees with the standard library on every two and three byte sequence that starts above ASCII`() {
        for first in UInt8(0x80)...0xFF {
            for second in stride(from: UInt8(0x70), through: 0xC8, by: 1) {
                #expect(isText([first, second]) == (String(validating: [first, second], as: UTF8.self) != nil))
                for third in [UInt8(0x20), 0x7F, 0x80, 0xBF, 0xC0] {
                    let bytes = [first, second, third]
                    #expect(isText(bytes) == (String(validating: bytes, as: UTF8.self) != nil))
                }
            }
        }
    }
}
