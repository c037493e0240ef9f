import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Sends `104 (Upload Resumption Supported)` while a request is being answered, to a client that named the version it takes them
/// in.
///
/// Hummingbird's writer knows final answers alone. These go into the connection's pipeline below it, as file regions do, and
/// the answer follows on the same event loop.
struct InterimResponses: Sendable {
    let version: DraftVersion
    let channel: any Channel

    /// Returns when it is on its way. One that cannot be sent is missed by nobody: the connection is gone then.
    func send(_ fields: HTTPFields) async {
        var headers = HTTPHeaders(fields.map { ($0.name.canonicalName, $0.value) })
        headers.add(name: "upload-draft-interop-version", value: String(version.rawValue))
        let head = HTTPResponseHead(
            version: .http1_1, status: .custom(code: 104, reasonPhrase: "Upload Resumption Supported"), headers: headers
        )
        let sent = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute {
            guard let codec = try? channel.pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self)
            else { return sent.fail(ChannelError.ioOnClosedChannel) }
            codec.writeAndFlush(NIOAny(HTTPServerResponsePart.head(head)), promise: sent)
        }
        try? await sent.futureResult.get()
    }
}
