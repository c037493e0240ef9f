import DomainKit
public import HTTPKit
import HTTPTypes
import Hummingbird

/// Lets a request pass that carries a valid access token, and puts its holder into the context.
///
/// Fails: unauthenticated, without a token or with one that does not hold; forbidden, without one of `roles`; unavailable,
/// while no key of the issuer is known.
struct BearerMiddleware: RouterMiddleware {
    typealias Context = CallerContext

    private let verifier: TokenVerifier
    /// Nil when any holder of a token will do.
    private let roles: Set<String>?

    init(verifier: TokenVerifier, roles: Set<Role>? = nil) {
        self.verifier = verifier
        self.roles = roles.map { Set($0.map(\.rawValue)) }
    }

    func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        guard let principal = try await verifier.holder(in: request.headers) else {
            throw Failure.unauthenticated(because: "no token")
        }
        if let roles { try principal.mustHave(anyOf: roles, otherwise: .lacksRole(roles)) }
        var context = context
        context.principal = principal
        return try await next(request, context)
    }
}

extension AccessRouter where Context == CallerContext {
    /// The routes of a public port, their callers known by the tokens that `verifier` takes.
    ///
    /// Internal routes are the operations port's: on this one nobody would keep strangers from them, and a service that
    /// has one does not start.
    public init(verifier: TokenVerifier) {
        self.init { access in
            switch access {
            case .open, .proof: nil
            case .token: BearerMiddleware(verifier: verifier)
            case .roles(let roles): BearerMiddleware(verifier: verifier, roles: roles)
            case .scope(let scope, let roles): ScopeMiddleware(verifier: verifier, scope: scope, roles: roles)
            case .internal: preconditionFailure("an internal route on a public port")
            }
        }
    }
}
