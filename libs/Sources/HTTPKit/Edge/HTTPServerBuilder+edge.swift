import Hummingbird
public import HummingbirdCore
import NIOCore

extension HTTPServerBuilder {
    /// Plain HTTP/1.1 with the limits of the platform.
    public static func edge() -> HTTPServerBuilder { .http1(configuration: .edge) }
}

extension HTTP1Channel.Configuration {
    /// Limits on heads and silence, and what `HTTPServerBuilder.edge` adds to every connection's pipeline; for builders
    /// that upgrade, too.
    public static var edge: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard()],
            idleTimeout: .seconds(75),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 32 * 1_024, maxHeaderListSize: 64 * 1_024, maxHeaderFieldCount: 100))
    }
}
