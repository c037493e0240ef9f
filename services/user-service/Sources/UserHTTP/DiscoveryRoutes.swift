import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore
import UserDomain

/// What everybody may read: the keys, the issuer's description, the API's description.
struct DiscoveryRoutes: Sendable {
    let keys: @Sendable () -> [PublishedKey]
    let issuer: String
    let specification: ByteBuffer

    func add(to routes: Router<CallerContext>) {
        routes.get("/.well-known/jwks.json", use: keySet)
        routes.get("/.well-known/openid-configuration", use: configuration)
        routes.get("/openapi.yaml", use: openAPI)
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

    @Sendable private func openAPI(_ request: Request, _ context: CallerContext) throws -> Response {
        try request.requireNoQuery()
        return Response(
            status: .ok, headers: [.contentType: "application/yaml"], body: ResponseBody(byteBuffer: specification))
    }
}

/// The OpenAPI document this service keeps to, compiled in.
public enum UserSpecification {
    public static var bytes: [UInt8] { PackageResources.openapi_yaml }
}
