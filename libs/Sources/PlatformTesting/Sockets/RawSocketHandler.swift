import Foundation
import NIOCore

/// Reads a handshake's response, then frames.
final class RawSocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let handshake: EventLoopPromise<[String: String]>
    let messages: SocketMessages
    private var isUpgraded = false
    private var bytes = ByteBuffer()

    init(eventLoop: any EventLoop) {
        handshake = eventLoop.makePromise()
        messages = SocketMessages(eventLoop: eventLoop)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
        if !isUpgraded { readHandshake() }
        while isUpgraded, readFrame(context: context) {}
    }

    private func readHandshake() {
        let text = String(buffer: bytes)
        guard let end = text.range(of: "\r\n\r\n") else { return }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        if status == 101 {
            bytes.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
            isUpgraded = true
            return handshake.succeed(headers)
        }
        let body = text[end.upperBound...]
        if body.utf8.count >= headers["content-length"].flatMap({ Int($0) }) ?? 0 {
            handshake.fail(RefusedSocket(status: status, headers: headers, body: String(body)))
        }
    }

    /// One frame off the front of `bytes`; false when there is none whole.
    private func readFrame(context: ChannelHandlerContext) -> Bool {
        var rest = bytes
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return false
        }
        var length = Int(second & 0x7f)
        if length == 126 {
            guard let long = rest.readInteger(as: UInt16.self) else { return false }
            length = Int(long)
        } else if length == 127 {
            guard let long = rest.readInteger(as: UInt64.self) else { return false }
            length = Int(long)
        }
        guard second & 0x80 == 0, let payload = rest.readBytes(length: length) else { return false }
        bytes = rest
        bytes.discardReadBytes()
        switch first & 0x0f {
        case 0x1: messages.deliver(.text(String(decoding: payload, as: UTF8.self)))
        case 0x2: messages.deliver(.binary(payload))
        case 0x8 where payload.count >= 2:
            let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
            messages.deliver(.close(code, reason: String(decoding: payload[2...], as: UTF8.self)))
        case 0x8: messages.deliver(.close(1005, reason: ""))
        case 0x9: context.writeAndFlush(NIOAny(ByteBuffer(bytes: RawSocket.frame(0xA, payload))), promise: nil)
        default: messages.deliver(.pong(payload))
        }
        return true
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { end() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    private func end() {
        handshake.fail(ChannelError.eof)
        messages.end()
    }
}
