import NIOCore
import NIOHTTP1

/// Looks at a message's head while it is still HTTP/1: what RFC 9112 has a server refuse and the parser lets pass, and
/// when the connection ends. Behind it the version and the first `Host` field are gone.
final class MessageGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let fields = Fields(head.headers)
        if let fault = MessageGuard.fault(head.version, fields) {
            isRefused = true
            context.fireErrorCaught(fault)
            return
        }
        guard fields.ends(head.version) else { return context.fireChannelRead(data) }
        // The one form in which Hummingbird knows it.
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private static func fault(_ version: HTTPVersion, _ fields: Fields) -> MessageFault? {
        if fields.hosts > 1 || (fields.hosts == 0 && version != .http1_0) { return .notOneHost }
        if let coding = fields.transferCoding {
            if version == .http1_0 { return .malformed }
            if coding.lowercased() != "chunked" { return .unknownTransferCoding }
        }
        return nil
    }

    /// The few fields that matter here, found in one pass.
    private struct Fields {
        var hosts = 0
        var transferCoding: String?
        var connection: String?

        init(_ headers: HTTPHeaders) {
            for (name, value) in headers {
                switch name.utf8.count {
                case 4 where name.isASCII("host"): hosts += 1
                case 10 where name.isASCII("connection"): connection = connection.map { "\($0),\(value)" } ?? value
                case 17 where name.isASCII("transfer-encoding"):
                    transferCoding = transferCoding.map { "\($0),\(value)" } ?? value
                default: continue
                }
            }
        }

        /// RFC 9112 §9.3. False where the field says so in the usual form, which needs no help.
        func ends(_ version: HTTPVersion) -> Bool {
            guard let connection else { return version == .http1_0 }
            if connection == "close" { return false }
            let options = connection.lowercased().split(separator: ",").map(\.trimmingSpace)
            return options.contains("close") || (version == .http1_0 && !options.contains("keep-alive"))
        }
    }
}

extension String {
    /// Whether this is `name`, which is in lower case, in any case.
    fileprivate func isASCII(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in zip(utf8, name).allSatisfy { $0 | 0x20 == $1 } }
    }
}
