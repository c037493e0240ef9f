import Foundation
import NIOCore

/// Reads a handshake's response, then frames, and keeps them until they are asked for.
final class TestSocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let handshake: EventLoopPromise<[String: String]>
    private let eventLoop: any EventLoop
    private var isUpgraded = false
    private var isOver = false
    private var bytes = ByteBuffer()
    private var messages: [TestSocket.Message] = []
    private var waiter: EventLoopPromise<TestSocket.Message?>?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        handshake = eventLoop.makePromise()
    }

    func next(within limit: TimeAmount) -> EventLoopFuture<TestSocket.Message?> {
        if !messages.isEmpty { return eventLoop.makeSucceededFuture(messages.removeFirst()) }
        if isOver { return eventLoop.makeSucceededFuture(nil) }
        let promise = eventLoop.makePromise(of: TestSocket.Message?.self)
        waiter = promise
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let timeout = eventLoop.scheduleTask(in: limit) { bound.value.fail(TestSocket.TimedOut()) }
        promise.futureResult.whenComplete { _ in timeout.cancel() }
        return promise.futureResult
    }

    private func fail(_ error: any Error) {
        waiter.take()?.fail(error)
    }

    private func deliver(_ message: TestSocket.Message) {
        if let waiter = waiter.take() { waiter.succeed(message) } else { messages.append(message) }
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
            handshake.fail(TestSocket.Refused(status: status, headers: headers, body: String(body)))
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
        case 0x1: deliver(.text(String(decoding: payload, as: UTF8.self)))
        case 0x2: deliver(.binary(payload))
        case 0x8 where payload.count >= 2:
            let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
            deliver(.close(code, reason: String(decoding: payload[2...], as: UTF8.self)))
        case 0x8: deliver(.close(1005, reason: ""))
        case 0x9: context.writeAndFlush(NIOAny(ByteBuffer(bytes: TestSocket.frame(0xA, payload))), promise: nil)
        default: deliver(.pong(payload))
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
        isOver = true
        handshake.fail(ChannelError.eof)
        waiter.take()?.succeed(nil)
    }
}
