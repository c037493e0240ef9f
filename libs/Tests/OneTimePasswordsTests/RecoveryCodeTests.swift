import Foundation
import OneTimePasswords
import Testing

@Suite struct RecoveryCodeTests {
    @Test func `ten different codes of sixteen letters without look-alikes are made`() {
        let codes = RecoveryCode.fresh()
        #expect(Set(codes.map(\.text)).count == 10)
        for text in codes.map(\.text) {
            #expect(text.split(separator: "-").map(\.count) == [4, 4, 4, 4])
            #expect(!text.contains(where: { "ILOU".contains($0) }))
            #expect(text.allSatisfy { $0 == "-" || $0.isASCII && ($0.isUppercase || $0.isNumber) })
        }
    }

    @Test func `every letter is used, so that sixteen are 80 bits`() {
        let used = Set(RecoveryCode.fresh(200).flatMap { $0.text }).subtracting("-")
        #expect(used.count == 32)
    }

    @Test(arguments: [
        "0123-4567-89AB-CDEF", "0123456789abcdef", " 0123 4567 89ab cdef ", "O123-4567-89AB-CDEF", "oI23456789ABCDEF",
        "0L23-4567-89ab-cdef", "０１２３－４５６７－８９ＡＢ－ｃｄｅｆ", "0123–4567—89AB‐CDEF", "٠١٢٣456789ABCDEF",
    ])
    func `a code is known however it is typed`(typed: String) throws {
        let code = try #require(RecoveryCode(typed))
        #expect(code.text == "0123-4567-89AB-CDEF")
        #expect(code.digest(for: "ann") == RecoveryCode("0123456789ABCDEF")?.digest(for: "ann"))
    }

    @Test(arguments: [
        "", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEFG", "0123-4567-89AB-CDEU", "0123_4567_89AB_CDEF",
        "0123.4567.89AB.CDEF",
        "0123-4567-89AB-CDÉF", "0123-4567-89AB-CDE\0", "ıı23456789ABCDEF", "АBCD456789ABCDEF", "ſ123456789ABCDEF",
        String(repeating: "A", count: 1 << 20), String(repeating: "-", count: 300),
    ])
    func `anything else is no code`(typed: String) {
        #expect(RecoveryCode(typed) == nil)
    }

    @Test func `a code is found among the digests of its owner and nobody else's`() throws {
        let codes = RecoveryCode.fresh()
        let kept = codes.map { $0.digest(for: "ann") }
        #expect(Set(kept).count == 10)
        for (index, code) in codes.enumerated() {
            #expect(RecoveryCode(code.text.lowercased())?.index(in: kept, for: "ann") == index)
            #expect(code.index(in: kept, for: "bob") == nil)
        }
        #expect(RecoveryCode().index(in: kept, for: "ann") == nil)
        #expect(codes[0].index(in: [Data(), kept[0].dropLast(), kept[0] + [0]], for: "ann") == nil)
        #expect(codes[0].index(in: [], for: "ann") == nil)
    }

    @Test func `a digest does not show the code`() {
        let code = RecoveryCode()
        #expect(code.digest(for: "").count == 32)
        #expect(code.digest(for: "a") != code.digest(for: "b"))
    }
}
