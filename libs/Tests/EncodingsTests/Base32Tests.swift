import Encodings
import Foundation
import Testing

@Suite struct Base32Tests {
    /// RFC 4648 §10, without the padding.
    static let vectors = [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ]

    @Test(arguments: vectors)
    func `the vectors of RFC 4648 come out, both ways`(text: String, encoded: String) {
        #expect(Base32.encode(text.utf8) == encoded)
        #expect(Base32.decode(encoded) == Data(text.utf8))
    }

    @Test func `what is encoded is decoded, whatever its length`() {
        for length in 0..<40 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ length) }
            #expect(Base32.decode(Base32.encode(bytes)) == Data(bytes))
        }
    }

    @Test(arguments: ["A", "AAA", "AAAAAA", "MY======", "my", "M Y", "MZ", "M0", "M1", "M8", "M９", "é"])
    func `other forms are refused`(text: String) {
        #expect(Base32.decode(text) == nil)
    }
}
