import Foundation
import PlatformTesting
import QRCodes
import Testing

@Suite struct QRCodeTests {
    /// A text of `length` ASCII characters.
    static func text(_ length: Int) -> String {
        var random = SplitMix64(seed: UInt64(length))
        return String(decoding: (0..<length).map { _ in UInt8.random(in: 33...126, using: &random) }, as: UTF8.self)
    }

    @Test(arguments: [1, 14, 15, 100, 271, 500, 858, 1_273], QRCode.Correction.allCases)
    func `a reader reads what was written, at every length and level`(
        length: Int, correction: QRCode.Correction
    ) throws {
        let code = try QRCode(Self.text(length), correction: correction)
        #expect(try PictureReader.texts(in: code.svg(title: "code")) == Self.text(length) + "\n")
    }

    @Test(arguments: [
        "otpauth://totp/Hiroba:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Hiroba&algorithm=SHA1&digits=6&period=30",
        "広場で会いましょう", "Grüße, naïve café", "привет", "🙂 one\ttwo", "０１２３", String(repeating: "広場", count: 150),
    ])
    func `a reader reads text of every script as it was written`(text: String) throws {
        #expect(try PictureReader.texts(in: try QRCode(text).svg(title: text)) == text + "\n")
        #expect(try PictureReader.texts(in: try QRCode(text).svg(title: text), width: 900) == text + "\n")
    }

    @Test func `the standard's capacities are reached, and one byte more is refused`() throws {
        for (correction, bytes) in [
            (QRCode.Correction.low, 2_953), (.medium, 2_331), (.quartile, 1_663), (.high, 1_273),
        ] {
            let code = try QRCode(Self.text(bytes), correction: correction)
            #expect(code.version == 40)
            #expect(code.size == 177)
            #expect(throws: QRCode.Refusal.tooLong) { try QRCode(Self.text(bytes + 1), correction: correction) }
        }
        #expect(try QRCode("A", correction: .low).version == 1)
        #expect(throws: QRCode.Refusal.empty) { try QRCode("") }
        #expect(throws: QRCode.Refusal.tooLong) { try QRCode(String(repeating: "広", count: 1_000_000)) }
    }

    @Test func `a zero byte does not end the text`() throws {
        #expect(try QRCode("ab\0cd") != QRCode("ab"))
        #expect(try QRCode("\0" + Self.text(100)).version == QRCode(Self.text(101)).version)
    }

    @Test func `finders stand in three corners, and the same text gives the same picture`() throws {
        let code = try QRCode("A")
        #expect(code.size == 21)
        for (row, column) in [(0, 0), (0, 14), (14, 0)] {
            #expect((0..<7).allSatisfy { code.isDark(row: row, column: column + $0) })
            #expect(code.isDark(row: row + 3, column: column + 3))
            #expect(!code.isDark(row: row + 1, column: column + 1))
        }
        #expect(!code.isDark(row: 20, column: 20) || !code.isDark(row: 14, column: 14))
        #expect(try QRCode("A") == code)
    }

    @Test func `many are made at once`() async throws {
        let alone = try (0..<64).map { try QRCode(Self.text($0 * 17 + 1)) }
        let together = try await withThrowingTaskGroup(of: (Int, QRCode).self) { group in
            for index in 0..<64 { group.addTask { (index, try QRCode(Self.text(index * 17 + 1))) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (index, code) in alone.enumerated() { #expect(together[index] == code) }
    }
}
