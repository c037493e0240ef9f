public import DomainKit
public import HTTPTypes
public import Hummingbird
import Timing

/// A limit on the routes of a group: 429 beyond, and the fields of draft-ietf-httpapi-ratelimit-headers-10 on every
/// answer, so that clients can slow down before.
public struct RateLimitMiddleware<Context: EdgeContext>: RouterMiddleware {
    private let policy: RateLimitPolicy
    private let take: @Sendable (String) async throws -> RateLimitDecision
    private let key: @Sendable (Request, Context) throws -> String

    /// - Parameter key: whose bucket a request takes from; without it the caller's, or before sign-in that of the
    ///   address or, in IPv6, of its network.
    public init(
        _ policy: RateLimitPolicy, store: any RateLimitStore,
        key: (@Sendable (Request, Context) throws -> String)? = nil
    ) {
        self.policy = policy
        take = { try await store.take(1, from: policy, for: $0) }
        self.key = key ?? { _, context in context.callerID ?? "address \(context.clientNetwork)" }
    }

    /// The same with a limit that is spent in portions.
    public init(_ limit: LeasedRateLimit, key: (@Sendable (Request, Context) throws -> String)? = nil) {
        policy = limit.policy
        take = { try await limit.account(of: $0).take() }
        self.key = key ?? { _, context in context.callerID ?? "address \(context.clientNetwork)" }
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let decision = try await take(key(request, context))
        let fields = policy.fields(decision)
        guard decision.isAllowed else { throw Failure.rateLimited(decision).with(fields) }
        do {
            var response = try await next(request, context)
            response.headers.append(contentsOf: fields)
            return response
        } catch let failure as Failure {
            throw failure.with(fields)
        } catch var failure as FailureWithFields {
            failure.fields.append(contentsOf: fields)
            throw failure
        }
    }
}

extension RateLimitPolicy {
    /// `RateLimit-Policy: "sign-in";q=10;w=60` and `RateLimit: "sign-in";r=3;t=42`.
    public func fields(_ decision: RateLimitDecision) -> HTTPFields {
        [
            .rateLimitPolicy: "\"\(name)\";q=\(quota);w=\(windowSeconds)",
            .rateLimit: "\"\(name)\";r=\(decision.remaining);t=\(decision.resetAfter.wholeSeconds)",
        ]
    }
}

extension Failure {
    /// Too many calls; says when the next one will be let through, in `retry_after_ms` more exactly than in `Retry-After`.
    public static func rateLimited(_ decision: RateLimitDecision) -> Failure {
        Failure(
            .rateLimited, code: "platform.rate-limited", message: "Too many requests; slow down.",
            extensions: ["retry_after_ms": .number(Int64(decision.retryAfter.wholeMilliseconds))],
            retryAfter: decision.retryAfter)
    }
}

extension Duration {
    /// Seconds from arithmetic that may have left all bounds: nothing for what is no number, at most some thirty years.
    static func bounded(seconds: Double) -> Duration {
        seconds.isNaN ? .zero : .seconds(min(max(seconds, 0), 1e9))
    }
}
