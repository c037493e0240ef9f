import HTTPKit
import Testing

@Suite struct ByteRangeTests {
    @Test func `a range of numbers too large to count is cut or not satisfiable`() {
        #expect(ByteRange("bytes=0-99999999999999999999999", size: 5) == .part(0..<5))
        #expect(ByteRange("bytes=99999999999999999999999-", size: 5) == .notSatisfiable)
        #expect(ByteRange("bytes=0-", size: 0) == .notSatisfiable)
        #expect(ByteRange(nil, size: 5) == .whole)
    }

    @Test(
        arguments: [
            ("bytes=0-0", 0..<1), ("bytes=1-", 1..<5), ("bytes=-2", 3..<5), ("bytes=-9", 0..<5), ("Bytes=2-9", 2..<5),
            ("bytes= 1 - 2", 1..<3),
        ] as [(String, Range<Int64>)])
    func `one range of bytes is part of what there is`(field: String, part: Range<Int64>) {
        #expect(ByteRange(field, size: 5) == .part(part))
    }

    @Test(arguments: ["bytes=5-", "bytes=-0", "bytes=9-10"])
    func `what begins behind the end is not satisfiable`(field: String) {
        #expect(ByteRange(field, size: 5) == .notSatisfiable)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=-", "bytes=2-1", "bytes=a-b", "bytes=0-1,3-4", "items=0-1", "bytes=+1-2",
        "bytes=--1", "bytes=１-２", "bytes=0-1" + String(repeating: " ", count: 256),
    ])
    func `what is no single range of bytes is as if it were not there`(field: String) {
        #expect(ByteRange(field, size: 5) == .whole)
    }
}
