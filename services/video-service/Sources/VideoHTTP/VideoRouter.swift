public import AuthKit
public import HTTPKit
import HTTPTypes
import NIOCore

/// What the routes need beside the use cases.
public struct VideoEdge: Sendable {
    public var verifier: TokenVerifier
    public var running: RunningUploads
    public var limits: VideoLimits
    public var idempotency: any IdempotencyStore
    public var gate: any MediaGate
    public var problemTypeBase: String

    public init(
        verifier: TokenVerifier, running: RunningUploads, limits: VideoLimits, idempotency: any IdempotencyStore,
        gate: any MediaGate, problemTypeBase: String = Problem.defaultTypeBase
    ) {
        self.verifier = verifier
        self.running = running
        self.limits = limits
        self.idempotency = idempotency
        self.gate = gate
        self.problemTypeBase = problemTypeBase
    }
}

/// Every route of the service, each with who may call it.
public func videoRouter(_ useCases: VideoUseCases, edge: VideoEdge) -> AccessRouter<CallerContext> {
    let routes = AccessRouter(verifier: edge.verifier)
    let uploads = routes.with(UploadAnswers(problemTypeBase: edge.problemTypeBase))
    // A new upload is what its fields say; its first bytes may be a gigabyte.
    let repeats = IdempotencyMiddleware<CallerContext>(
        store: edge.idempotency,
        content: .fields(
            [.uploadLength, .uploadMetadata, .uploadChecksum, .contentLength],
            alsoIfSent: [
                .uploadConcat, .uploadComplete, .uploadIncomplete, .uploadDraftInteropVersion, .contentDisposition,
                .contentDigest,
            ]))

    let limited = RateLimitMiddleware<CallerContext>(edge.limits.upload, store: edge.limits.store)

    SpecificationRoute(ByteBuffer(bytes: VideoSpecification.bytes)).add(to: routes)
    ResumableRoutes(useCases: useCases, running: edge.running)
        .add(to: uploads, creating: uploads.with(limited).with(repeats))
    UploadRoutes(useCases: useCases).add(to: routes)
    // A new upload in parts is what its body says.
    let bodies = IdempotencyMiddleware<CallerContext>(store: edge.idempotency)
    DirectUploadRoutes(useCases: useCases)
        .add(to: routes, creating: routes.with(limited).with(bodies), limited: routes.with(limited))
    VideoRoutes(useCases: useCases).add(to: routes)
    let reporting = routes.with(RateLimitMiddleware<CallerContext>(edge.limits.report, store: edge.limits.store))
        .with(IdempotencyMiddleware<CallerContext>(store: edge.idempotency))
    RemovalRoutes(useCases: useCases).add(to: routes, creating: reporting)
    ReportRoutes(useCases: useCases).add(to: routes, creating: reporting)
    let sharing = routes.with(RateLimitMiddleware<CallerContext>(edge.limits.share, store: edge.limits.store))
    ShareRoutes(useCases: useCases).add(to: routes, changing: sharing)
    QuotaRoutes(useCases: useCases).add(to: routes)
    MediaRoutes(gate: edge.gate).add(to: routes)
    return routes
}

/// The OpenAPI document this service keeps to, compiled in.
public enum VideoSpecification {
    public static var bytes: [UInt8] { PackageResources.openapi_yaml }
}
