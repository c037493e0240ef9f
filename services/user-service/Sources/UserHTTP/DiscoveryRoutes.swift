import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// What everybody may read: the keys, and the issuer's description.
struct DiscoveryRoutes: Sendable {
    let keys: @Sendable () -> [PublishedKey]
    let issuer: String

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/.well-known/jwks.json", .open, use: keySet)
        routes.get("/.well-known/openid-configuration", .open, use: configuration)
    }

    /// Caches may keep it for as long as the next key is published before it signs, and much less than that.
    private static var cacheable: HTTPFields { [.cacheControl: "public, max-age=60"] }

    /// Unavailable rather than empty before the keys are loaded: an empty set would tell verifiers to forget all keys.
    @Sendable private func keySet(_ request: Request, _ context: CallerContext) throws -> Response {
        try request.requireNoQuery()
        let published = keys()
        guard !published.isEmpty else { throw Failure.unavailable("signing-keys") }
        return try JSONResponse(.ok, KeySetBody(keys: published), headers: Self.cacheable)
            .response(from: request, context: context)
    }

    @Sendable private func configuration(_ request: Request, _ context: CallerContext) throws -> Response {
        try request.requireNoQuery()
        return try JSONResponse(.ok, DiscoveryBody(issuer: issuer), headers: Self.cacheable)
            .response(from: request, context: context)
    }
}
