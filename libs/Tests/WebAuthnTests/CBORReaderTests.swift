import Foundation
import PlatformTesting
import Testing
import WebAuthn

@Suite struct CBORReaderTests {
    /// RFC 8949, appendix A, as far as CTAP2's subset goes.
    @Test(
        arguments: [
            ("00", .unsigned(0)), ("0a", .unsigned(10)), ("17", .unsigned(23)), ("1818", .unsigned(24)),
            ("1864", .unsigned(100)), ("1903e8", .unsigned(1_000)), ("1a000f4240", .unsigned(1_000_000)),
            ("1b000000e8d4a51000", .unsigned(1_000_000_000_000)), ("1bffffffffffffffff", .unsigned(.max)),
            ("20", .negative(0)), ("29", .integer(-10)), ("3863", .integer(-100)), ("3903e7", .integer(-1_000)),
            ("3bffffffffffffffff", .negative(.max)), ("f4", .bool(false)), ("f5", .bool(true)), ("f6", .null),
            ("40", .bytes(Data())), ("4401020304", .bytes(Data([1, 2, 3, 4]))), ("60", .text("")), ("6161", .text("a")),
            ("62225c", .text("\"\\")), ("62c3bc", .text("ü")), ("63e6b0b4", .text("水")), ("64f0908591", .text("𐅑")),
            ("80", .array([])), ("83010203", .array([.unsigned(1), .unsigned(2), .unsigned(3)])),
            (
                "8301820203820405",
                .array([.unsigned(1), .array([.unsigned(2), .unsigned(3)]), .array([.unsigned(4), .unsigned(5)])])
            ),
            ("a0", .map([])),
            ("a201020304", CBORWriter.map((.unsigned(1), .unsigned(2)), (.unsigned(3), .unsigned(4)))),
            (
                "a26161016162820203",
                CBORWriter.map((.text("a"), .unsigned(1)), (.text("b"), .array([.unsigned(2), .unsigned(3)])))
            ),
        ] as [(String, CBORItem)])
    func `the examples of RFC 8949 are read, and written the same`(hex: String, item: CBORItem) throws {
        #expect(try CBORReader.item(Data(hex: hex)) == item)
        #expect(CBORWriter.encode(item) == Data(hex: hex))
    }

    @Test(
        arguments: [
            ("", .truncated), ("18", .truncated), ("1900", .truncated), ("1b00000000", .truncated), ("41", .truncated),
            ("5affffffff", .truncated), ("5bffffffffffffffff", .truncated), ("9bffffffffffffffff", .truncated),
            ("bb7fffffffffffffff", .truncated), ("8201", .truncated), ("a101", .truncated), ("a1", .truncated),
            ("9a0000ffff01", .notShortest), ("1817", .notShortest), ("1900ff", .notShortest),
            ("1a0000ffff", .notShortest),
            ("1b00000000ffffffff", .notShortest), ("580100", .notShortest), ("3800", .notShortest),
            ("b80101", .notShortest),
            ("0000", .trailingBytes), ("a000", .trailingBytes),
            ("61ff", .notUTF8), ("62c080", .notUTF8), ("63eda080", .notUTF8),
            ("a201010102", .duplicateKey), ("a2616101616102", .duplicateKey), ("a203010102", .unsortedKeys),
            ("a2616201616102", .unsortedKeys), ("a262616101616202", .unsortedKeys), ("a220010102", .unsortedKeys),
            ("a3010103010101", .unsortedKeys), ("a26161010102", .unsortedKeys),
            ("a1400102", .notInTheSubset), ("a18001", .notInTheSubset), ("a1f501", .notInTheSubset),
            ("a1f601", .notInTheSubset),
            ("c000", .notInTheSubset), ("d9d9f700", .notInTheSubset), ("f7", .notInTheSubset), ("e0", .notInTheSubset),
            ("f8ff", .notInTheSubset), ("f814", .notInTheSubset), ("f93c00", .notInTheSubset),
            ("fa47c35000", .notInTheSubset),
            ("fb3ff199999999999a", .notInTheSubset), ("ff", .notInTheSubset), ("1c", .notInTheSubset),
            ("1f", .notInTheSubset),
            ("5f42010243030405ff", .notInTheSubset), ("7f657374726561646d696e67ff", .notInTheSubset),
            ("9fff", .notInTheSubset),
            ("bfff", .notInTheSubset),
        ] as [(String, CBORRefusal)])
    func `another form, or less or more than one item, is refused`(hex: String, refusal: CBORRefusal) {
        #expect(throws: refusal) { try CBORReader.item(Data(hex: hex)) }
    }

    @Test func `ten thousand levels are refused, of arrays and of maps, and eight are the most`() throws {
        #expect(throws: CBORRefusal.tooDeep) { try CBORReader.item(Data(repeating: 0x81, count: 10_000) + [0]) }
        #expect(throws: CBORRefusal.tooDeep) {
            try CBORReader.item(Data((0..<10_000).flatMap { _ in [0xa1, 0x00] as [UInt8] } + [0]))
        }
        #expect(throws: CBORRefusal.tooDeep) { try CBORReader.item(Data(repeating: 0xa1, count: 10_000)) }
        _ = try CBORReader.item(Data(repeating: 0x81, count: 7) + [0])
        #expect(throws: CBORRefusal.tooDeep) { try CBORReader.item(Data(repeating: 0x81, count: 8) + [0]) }
    }

    @Test func `more bytes than any message has are refused before they are read`() {
        #expect(throws: CBORRefusal.tooLong) { try CBORReader.item(Data(count: 65_537)) }
        #expect(throws: CBORRefusal.trailingBytes) { try CBORReader.item(Data(count: 65_536)) }
    }

    @Test func `what comes first is read, and its length said`() throws {
        let (item, length) = try CBORReader.first(of: (Data([9]) + Data(hex: "a10102ffff")).dropFirst())
        #expect(item == CBORWriter.map((.unsigned(1), .unsigned(2))))
        #expect(length == 3)
    }

    @Test func `what random bytes are read as is written as those bytes`() throws {
        var random = SplitMix64(seed: 8_949)
        var read = 0
        for _ in 0..<100_000 {
            let bytes = Data(
                (0..<Int.random(in: 1...24, using: &random)).map { _ in
                    // Heads of arrays and maps more often than chance has them.
                    Bool.random(using: &random)
                        ? UInt8.random(in: 0...255, using: &random)
                        : [0xa1, 0x82, 0x01, 0x61].randomElement(using: &random)!
                })
            guard let (item, length) = try? CBORReader.first(of: bytes) else { continue }
            read += 1
            #expect(CBORWriter.encode(item) == bytes.prefix(length))
        }
        #expect(read > 1_000)
        #expect(try CBORReader.item(Data([0xa0])) == .map([]))
    }
}
