import Encodings
import Foundation
import Testing

@Suite struct Base64URLTests {
    @Test func `what is encoded is decoded, whatever its length`() {
        for length in 0..<40 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ length) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text) == Data(bytes))
            #expect(!text.contains(where: { "+/=".contains($0) }))
        }
    }

    @Test(arguments: ["A", "AB=", "AB==", "A B", "A+", "A/", "AAAAA", "AB", "é"])
    func `other forms are refused`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
