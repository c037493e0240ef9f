internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// An HTTP server that answers as a test tells it to, or stands before another one and gets in the way of what that says.
public final class ScriptedHTTPServer: Sendable {
    public struct Request: Sendable {
        public let method: String
        /// Path and query.
        public let target: String
        public let fields: [(name: String, value: String)]
        public internal(set) var body: [UInt8] = []

        public var line: String { "\(method) \(target) HTTP/1.1" }
        public var text: String { String(decoding: body, as: UTF8.self) }

        /// The value of the first field of that name.
        public func field(_ name: String) -> String? {
            fields.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    public struct Answer: Sendable {
        public var status: Int
        public var fields: [(name: String, value: String)]
        public var body: [UInt8]

        public init(_ status: Int, _ fields: [(name: String, value: String)] = [], _ body: String = "") {
            (self.status, self.fields, self.body) = (status, fields, Array(body.utf8))
        }
    }

    public enum Reply: Sendable {
        case answer(Answer)
        /// The connection ends after so many bytes of the answer's body.
        case cut(Answer, after: Int)
        /// The connection ends without an answer.
        case close
        /// What the server behind says.
        case pass
        /// The server behind does it, and nobody hears of it.
        case passAndClose
        /// What the server behind says, up to so many bytes of its body.
        case passAndCut(after: Int)
    }

    public typealias Script = @Sendable (Request) -> Reply
    /// Whether the connection ends now that so many bytes of a body came.
    public typealias Cutting = @Sendable (Request, Int) -> Bool

    private let channel: any Channel
    private let log: Log

    /// `upstream` is needed for what is passed on.
    public static func start(
        before upstream: String? = nil, cutting: @escaping Cutting = { _, _ in false }, _ script: @escaping Script
    ) async throws -> ScriptedHTTPServer {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Conversation(upstream: upstream, log: log, cutting: cutting, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedHTTPServer(channel, log)
    }

    private init(_ channel: any Channel, _ log: Log) {
        (self.channel, self.log) = (channel, log)
    }

    public var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
    /// Those that came whole.
    public var requests: [Request] { log.requests.withLock { $0 } }

    deinit {
        channel.close(promise: nil)
    }
}

private final class Log: Sendable {
    let requests = Mutex<[ScriptedHTTPServer.Request]>([])
}

private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let upstream: String?
    private let log: Log
    private let cutting: ScriptedHTTPServer.Cutting
    private let script: ScriptedHTTPServer.Script
    private var request: ScriptedHTTPServer.Request?

    init(
        upstream: String?, log: Log, cutting: @escaping ScriptedHTTPServer.Cutting,
        script: @escaping ScriptedHTTPServer.Script
    ) {
        (self.upstream, self.log, self.cutting, self.script) = (upstream, log, cutting, script)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = .init(method: head.method.rawValue, target: head.uri, fields: head.headers.map { ($0, $1) })
        case .body(let bytes):
            request?.body += Array(buffer: bytes)
            if let request, cutting(request, request.body.count) { context.close(promise: nil) }
        case .end:
            guard let whole = request else { return }
            request = nil
            log.requests.withLock { $0.append(whole) }
            answer(whole, script(whole), context.channel)
        }
    }

    private func answer(
        _ request: ScriptedHTTPServer.Request, _ reply: ScriptedHTTPServer.Reply, _ channel: any Channel
    ) {
        switch reply {
        case .answer(let answer): Self.write(answer, for: request, limit: nil, to: channel)
        case .cut(let answer, let limit): Self.write(answer, for: request, limit: limit, to: channel)
        case .close: channel.close(promise: nil)
        case .pass: pass(request, channel) { Self.write($0, for: request, limit: nil, to: channel) }
        case .passAndClose: pass(request, channel) { _ in channel.close(promise: nil) }
        case .passAndCut(let limit): pass(request, channel) { Self.write($0, for: request, limit: limit, to: channel) }
        }
    }

    private func pass(
        _ request: ScriptedHTTPServer.Request, _ channel: any Channel,
        _ then: @escaping @Sendable (ScriptedHTTPServer.Answer) -> Void
    ) {
        guard let upstream else { return channel.close(promise: nil) }
        var passed = HTTPClientRequest(url: upstream + request.target)
        passed.method = HTTPMethod(rawValue: request.method)
        passed.headers = HTTPHeaders(request.fields.map { ($0.name, $0.value) })
        if !request.body.isEmpty { passed.body = .bytes(ByteBuffer(bytes: request.body)) }
        Task { [passed] in
            do {
                let response = try await HTTPClient.shared.execute(passed, timeout: .seconds(60))
                var answer = ScriptedHTTPServer.Answer(
                    Int(response.status.code), response.headers.map { ($0, $1) })
                if request.method != "HEAD" {
                    answer.body = Array(buffer: try await response.body.collect(upTo: 1 << 28))
                }
                then(answer)
            } catch {
                try? await channel.close()
            }
        }
    }

    private static func write(
        _ answer: ScriptedHTTPServer.Answer, for request: ScriptedHTTPServer.Request, limit: Int?,
        to channel: any Channel
    ) {
        var headers = HTTPHeaders(answer.fields.map { ($0.name, $0.value) })
        headers.remove(name: "Transfer-Encoding")
        headers.remove(name: "Connection")
        if !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: "\(answer.body.count)")
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        let body = request.method == "HEAD" ? [] : answer.body[..<min(limit ?? .max, answer.body.count)]
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        if limit != nil {
            channel.flush()
            channel.close(promise: nil)
        } else {
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }
}
