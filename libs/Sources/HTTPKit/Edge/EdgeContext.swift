public import Foundation
import HTTPTypes
public import Hummingbird
public import NIOCore

/// A request context of our services: what the edge knows of a request before any handler runs.
///
/// ```swift
/// struct CallerContext: EdgeContext {
///     var coreContext: CoreRequestContextStorage
///     var edge: EdgeState
///
///     init(source: ApplicationRequestContextSource) {
///         coreContext = .init(source: source)
///         edge = EdgeState(source: source)
///     }
/// }
/// ```
public protocol EdgeContext: RequestContext where Source == ApplicationRequestContextSource {
    var edge: EdgeState { get set }
    /// Who calls, as far as verified: limits and idempotency keys are kept per caller. Nil before that is known.
    var callerID: String? { get }
}

extension EdgeContext {
    public var callerID: String? { nil }
    /// The caller's `X-Request-Id`, or one made here.
    public var requestID: String { edge.scope.requestID }
    public var trace: TraceContext { edge.scope.trace }
    /// The id for what this call makes: set by `IdempotencyMiddleware`, the same for every repeat until an answer is kept.
    /// Nil when no key was sent. A store that finds something with this id answers with it: it is the first result.
    public var effectID: UUID? { edge.effectID }
    /// The address of the client: the peer's, or what the trusted proxies in front of us say.
    public var clientAddress: String { edge.clientAddress }
    /// The connection, for bodies that go to the socket without passing through memory.
    public var channel: any Channel { edge.channel }
}

/// The edge's part of a request context.
public struct EdgeState: Sendable {
    public internal(set) var scope: RequestScope
    public var effectID: UUID?
    /// What a trusted proxy says of the client.
    var forwardedAddress: String?
    let channel: any Channel
    /// Kept, as a channel that was closed does not know it any more.
    private let peer: SocketAddress?

    private static let unbound = RequestScope(
        requestID: "unbound", trace: TraceContext(traceHigh: 0, traceLow: 0, spanID: 0, parentID: nil, isSampled: false)
    )

    public init(source: ApplicationRequestContextSource) {
        scope = EdgeState.unbound
        channel = source.channel
        peer = channel.remoteAddress
    }

    /// Made at each call, as most requests never ask.
    var clientAddress: String { forwardedAddress ?? peer?.ipAddress ?? "unknown" }
}
