import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A response body that is a range of a file, sent by the kernel from the page cache: its bytes never enter the process.
///
/// Hummingbird's writer takes `ByteBuffer`s only. Below it, the connection's HTTP/1 encoder takes file regions too: the
/// body writes there, right behind the head that went through the writer before it to the same event loop. The answer
/// must state its `Content-Length`, or the encoder would frame the regions as chunks.
struct FileBody: Sendable {
    let file: any MediaFile
    let range: Range<Int64>
    let channel: any Channel

    var body: ResponseBody {
        ResponseBody(contentLength: Int(range.upperBound - range.lowerBound)) { writer in
            try await file.withHandle { handle in try await send(handle) }
            try await writer.finish(nil)
        }
    }

    /// Returns when the last byte is with the kernel. Fails: when the connection is gone, or speaks no HTTP/1; when the file
    /// may not be read any more. The connection then ends in the middle, as there is no other way to say so.
    private func send(_ handle: NIOFileHandle) async throws {
        let done = channel.eventLoop.makePromise(of: Void.self)
        let region = FileRegion(
            fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(range.upperBound))
        channel.eventLoop.execute { sendNext(region, of: file, on: channel, done: done) }
        try await done.futureResult.get()
    }
}

/// One region at a time, so that a fast reader of a large file does not keep the event loop from others.
private let sendStep = 2 * 1_024 * 1_024

/// Sends the next step of `region` and goes on when it left, after others had their turn. Call on the event loop.
///
/// A step that is on the disk alone is waited for elsewhere, once: `isFetched` says that it was.
private func sendNext(
    _ region: FileRegion, of file: any MediaFile, on channel: any Channel, isFetched: Bool = false,
    done: EventLoopPromise<Void>
) {
    let end = min(region.readerIndex + sendStep, region.endIndex)
    let step = Int64(region.readerIndex)..<Int64(end)
    switch file.right {
    case .holds where isFetched || file.isCached(step): break
    case .holds:
        Task {
            await file.cache(step)
            channel.eventLoop.execute { sendNext(region, of: file, on: channel, isFetched: true, done: done) }
        }
        return
    case .ended: return done.fail(ReadingForbidden())
    case .unsure:
        Task {
            let isGood = await file.mayStillBeRead()
            channel.eventLoop.execute {
                guard isGood else { return done.fail(ReadingForbidden()) }
                sendNext(region, of: file, on: channel, done: done)
            }
        }
        return
    }
    // Where writes enter the pipeline in the form the HTTP/1 encoder takes.
    guard let codec = try? channel.pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self) else {
        return done.fail(ChannelError.ioOnClosedChannel)
    }
    let part = FileRegion(fileHandle: region.fileHandle, readerIndex: region.readerIndex, endIndex: end)
    let sent = channel.eventLoop.makePromise(of: Void.self)
    codec.writeAndFlush(NIOAny(HTTPServerResponsePart.body(.fileRegion(part))), promise: sent)
    sent.futureResult.whenComplete { result in
        switch result {
        case .failure(let error): done.fail(error)
        case .success where end == region.endIndex: done.succeed()
        case .success:
            let rest = FileRegion(fileHandle: region.fileHandle, readerIndex: end, endIndex: region.endIndex)
            channel.eventLoop.execute { sendNext(rest, of: file, on: channel, done: done) }
        }
    }
}

/// The right to read a file was taken back while it was sent.
private struct ReadingForbidden: Error {}
