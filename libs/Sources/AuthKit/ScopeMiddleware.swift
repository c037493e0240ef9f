import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird

/// Lets a request pass that carries a service's token with one scope, or a person's with one of some roles, and puts who it
/// is into the context.
///
/// Fails: unauthenticated, without a token or with one that does not hold; forbidden, without the scope or the role;
/// `user.banned`; unavailable as `TokenVerifier.verify` does.
struct ScopeMiddleware: RouterMiddleware {
    typealias Context = CallerContext

    private let verifier: TokenVerifier
    private let scope: String
    private let roles: Set<String>

    init(verifier: TokenVerifier, scope: String, roles: Set<Role>) {
        self.verifier = verifier
        self.scope = scope
        self.roles = Set(roles.map(\.rawValue))
    }

    func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        guard let token = try TokenVerifier.token(in: request.headers) else {
            throw Failure.unauthenticated(because: "no token")
        }
        var context = context
        switch try await verifier.holder(of: token) {
        case .service(let service):
            guard service.scopes.contains(scope) else { throw Failure.lacksScope(scope) }
            context.service = service
        case .user(let principal):
            try verifier.check(principal)
            try principal.mustHave(anyOf: roles, otherwise: .lacksScope(scope))
            context.principal = principal
        }
        return try await next(request, context)
    }
}
