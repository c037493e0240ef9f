import DomainKit
import Foundation
import HTTPKit
import NIOCore
import PlatformTesting
import Testing

/// The one grammar, asked of its two readers: the one that builds a tree and the one that passes over values.
@Suite struct JSONGrammarTests {
    /// What the reader of bodies finds wrong; nil for a document it takes.
    private func finding(_ document: ByteBuffer) -> String? {
        do {
            _ = try JSONDecoding.decode(JSONValue.self, from: document)
            return nil
        } catch {
            return error.violations.first?.code
        }
    }

    private func isJSON(_ document: ByteBuffer) -> Bool {
        do {
            try JSONScanner.scan(document) { scanner throws(JSONScanner.Fault) in
                try scanner.skipValue()
                try scanner.end()
            }
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func `what is written is read as it was`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let value = random.value(depth: 0)
            let document = JSONWriter.buffer(of: value)
            #expect(try JSONDecoding.decode(JSONValue.self, from: document) == value)
            #expect(isJSON(document))
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func `a damaged document is JSON for both readers or for none`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var counts = (taken: 0, refused: 0)
        for _ in 0..<1_000 {
            var bytes = JSONWriter.bytes(of: random.value(depth: 0))
            for _ in 0..<Int.random(in: 1...2, using: &random) { random.damage(&bytes) }
            let document = ByteBuffer(bytes: bytes)
            let finding = finding(document)
            // A tree is given up at the first thing wrong, which may be a text in front of what is no JSON.
            switch finding {
            case nil: #expect(isJSON(document), "\(String(decoding: bytes, as: UTF8.self))")
            case "malformed-json": #expect(!isJSON(document), "\(String(decoding: bytes, as: UTF8.self))")
            default: break
            }
            if finding == nil { counts.taken += 1 } else { counts.refused += 1 }
        }
        #expect(counts.taken > 50 && counts.refused > 50, "\(counts)")
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `a whole number is exact, however it is written`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let bits = Int64(bitPattern: random.next())
            let value = bits >> Int64.random(in: 0...63, using: &random)
            let text = random.spelling(of: value)
            let document = ByteBuffer(string: text)
            #expect(try JSONDecoding.decode(Int64.self, from: document) == value, "\(text)")
            let fraction = ByteBuffer(string: "\(value).000000000000000000000000000001")
            #expect(throws: Failure.self) { try JSONDecoding.decode(Int64.self, from: fraction) }
        }
    }

    @Test(arguments: [
        ("9223372036854775807.0", Int64.max), ("-9223372036854775808.000e0", .min), ("1e18", 1_000_000_000_000_000_000),
        ("9007199254740993.0", 9_007_199_254_740_993), ("-9007199254740993e0", -9_007_199_254_740_993),
        ("92233720368547758070000e-4", .max), ("0e99999999999999999999", 0), ("-0.0", 0),
    ])
    func `a number beyond the whole ones of a binary fraction is itself`(_ text: String, _ value: Int64) throws {
        #expect(try JSONDecoding.decode(Int64.self, from: ByteBuffer(string: text)) == value)
        #expect(try JSONDecoding.decode(Int.self, from: ByteBuffer(string: text)) == Int(value))
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "9223372036854775808.0", "1e19", "1e99999999999999999999",
        "1e-1", "12e-1", "1e-99999999999999999999", "0.1", "99999999999999999999e-1", "0.99999999999999999999",
    ])
    func `what is no whole number of 64 bits is none`(_ text: String) {
        #expect(throws: Failure.self) { try JSONDecoding.decode(Int64.self, from: ByteBuffer(string: text)) }
    }
}

extension SplitMix64 {
    fileprivate mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0...(depth < 4 ? 9 : 4), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .number(spelling(of: Int64.random(in: -99...99, using: &self)))
        case 3, 4: return .string(text())
        case 5, 6: return .array((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth + 1) })
        default:
            let members = (0..<Int.random(in: 0...4, using: &self)).map { number in
                JSONValue.Member(name: "\(number)\(text())", value: value(depth: depth + 1))
            }
            return .object(members)
        }
    }

    private mutating func text() -> String {
        let pieces = ["a", "é", "あ", "😀", "\"", "\\", "/", "\n", "\u{1f}", "\u{7f}", "\u{2028}", " "]
        return (0..<Int.random(in: 0...6, using: &self)).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
    }

    /// `value` with its point moved and zeros behind it, or plain.
    fileprivate mutating func spelling(of value: Int64) -> String {
        let zeros = String(repeating: "0", count: Int.random(in: 0...12, using: &self))
        switch Int.random(in: 0...4, using: &self) {
        case 0: return "\(value)"
        case 1: return "\(value).0\(zeros)"
        case 2 where value != 0: return "\(value)\(zeros)e-\(zeros.count)"
        case 3: return "\(value).\(zeros)0E+0"
        default:
            let (sign, digits) = (value < 0 ? "-" : "", Array(String(value.magnitude)))
            let point = Int.random(in: 0...digits.count, using: &self)
            let whole = point == 0 ? "0" : String(digits[..<point])
            return "\(sign)\(whole).\(String(digits[point...]))\(zeros)0e\(digits.count - point)"
        }
    }

    fileprivate mutating func damage(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &self)
        let pieces = [
            "\"", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "1", " ", "\t", "\\u0061", "\\ud800", "\\u0000",
            "\\x", "\\", "null", "tru", "\"a\":1", "\u{0}", "\u{feff}", "/*", "//", "'", "+",
        ]
        switch Int.random(in: 0...4, using: &self) {
        case 0: bytes.insert(UInt8.random(in: 0...255, using: &self), at: place)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &self)
        case 3: bytes.insert(contentsOf: bytes[..<place], at: place)
        default: bytes.insert(contentsOf: Array((pieces.randomElement(using: &self) ?? "").utf8), at: place)
        }
    }
}
