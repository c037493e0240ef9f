import NIOCore
import Testing

@testable import WebSocketKit

@Suite struct EncodedFrameTests {
    private func header(_ frame: EncodedFrame, _ count: Int) -> [UInt8] {
        Array(frame.bytes.readableBytesView.prefix(count))
    }

    @Test func `lengths take the fewest bytes`() {
        #expect(header(EncodedFrame(text: "hi"), 4) == [0x81, 2, 0x68, 0x69])
        #expect(header(EncodedFrame(text: String(repeating: "a", count: 125)), 2) == [0x81, 125])
        #expect(header(EncodedFrame(text: String(repeating: "a", count: 126)), 4) == [0x81, 126, 0, 126])
        let long = EncodedFrame(binary: ByteBuffer(repeating: 0, count: 65_536))
        #expect(header(long, 10) == [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0])
        #expect(long.bytes.readableBytes == 65_546)
    }

    @Test func `a close reason is cut at a character's end`() {
        let frame = EncodedFrame(close: .normal, reason: String(repeating: "é", count: 100))
        #expect(header(frame, 4) == [0x88, 124, 0x03, 0xE8])
        #expect(EncodedFrame(close: .noStatus, reason: "x").bytes.readableBytes == 2)
    }
}
