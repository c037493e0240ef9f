import Foundation
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Synchronization

/// A response body that is a range of a file, sent by the kernel from the page cache: its bytes never enter the process.
///
/// Hummingbird's writer takes `ByteBuffer`s only. Below it, the connection's HTTP/1 encoder takes file regions too: the
/// body writes there, right behind the head that went through the writer before it on the same event loop. Without such
/// an encoder (router tests) the bytes are read in bounded pieces and go through the writer.
struct FileBody<File: MediaFile>: Sendable {
    let file: File
    let range: Range<Int64>
    let channel: any Channel

    var body: ResponseBody {
        ResponseBody(contentLength: Int(range.upperBound - range.lowerBound)) { writer in
            let hasEncoder = try await channel.eventLoop.submit { encoderContext(of: channel) != nil }.get()
            if hasEncoder {
                try await file.withHandle { handle in try await sendRegions(of: handle) }
            } else {
                try await copyPieces(to: &writer)
            }
            try await writer.finish(nil)
        }
    }

    private func sendRegions(of handle: NIOFileHandle) async throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        // The handle is only touched on the channel's loop from here on.
        let region = FileRegion(
            fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(range.upperBound))
        channel.eventLoop.execute { sendNext(region, on: channel, done: promise) }
        try await promise.futureResult.get()
    }

    private func copyPieces(to writer: inout any ResponseBodyWriter) async throws {
        var rest = range
        while !rest.isEmpty {
            let next = rest.prefix(sendStep)
            let piece = Mutex(ByteBuffer())
            try await file.withHandle { handle in
                let bytes = try read(handle, next)
                piece.withLock { $0 = bytes }
            }
            let bytes = piece.withLock { $0 }
            guard bytes.readableBytes > 0 else { throw ChannelError.eof }
            try await writer.write(bytes)
            rest = (rest.lowerBound + Int64(bytes.readableBytes))..<rest.upperBound
        }
    }

    private func read(_ handle: NIOFileHandle, _ range: Range<Int64>) throws -> ByteBuffer {
        try handle.withUnsafeFileDescriptor { descriptor in
            var buffer = ByteBuffer()
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { bytes in
                max(0, pread(descriptor, bytes.baseAddress, range.count, off_t(range.lowerBound)))
            }
            return buffer
        }
    }
}

extension Range<Int64> {
    fileprivate func prefix(_ count: Int) -> Range<Int64> {
        lowerBound..<Swift.min(lowerBound + Int64(count), upperBound)
    }
}

/// One region at a time, so that a fast reader of a large file does not keep the event loop from others.
private let sendStep = 2 * 1_024 * 1_024

/// Where writes enter the pipeline in the form the HTTP/1 encoder takes. Call on the event loop.
private func encoderContext(of channel: any Channel) -> ChannelHandlerContext? {
    try? channel.pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self)
}

/// Sends the next step of `region` and goes on when it left, after others had their turn. Call on the event loop.
private func sendNext(_ region: FileRegion, on channel: any Channel, done: EventLoopPromise<Void>) {
    guard let context = encoderContext(of: channel) else { return done.fail(ChannelError.ioOnClosedChannel) }
    let end = min(region.readerIndex + sendStep, region.endIndex)
    let part = FileRegion(fileHandle: region.fileHandle, readerIndex: region.readerIndex, endIndex: end)
    let sent = channel.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(NIOAny(HTTPServerResponsePart.body(.fileRegion(part))), promise: sent)
    sent.futureResult.whenComplete { result in
        switch result {
        case .failure(let error): done.fail(error)
        case .success where end == region.endIndex: done.succeed()
        case .success:
            let rest = FileRegion(fileHandle: region.fileHandle, readerIndex: end, endIndex: region.endIndex)
            channel.eventLoop.execute { sendNext(rest, on: channel, done: done) }
        }
    }
}
