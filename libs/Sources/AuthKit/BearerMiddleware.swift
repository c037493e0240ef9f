import DomainKit
import HTTPKit
import HTTPTypes
public import Hummingbird

/// Lets a request pass that carries a valid access token, and puts its holder into the context.
///
/// The token comes from `Authorization: Bearer` only (RFC 6750 §2.1), never from the URL or a form. Put it on the group
/// of routes it guards: routes outside stay open.
/// Fails: unauthenticated, without a token or with one that does not hold; unavailable, while no key of the issuer is known.
public struct BearerMiddleware: RouterMiddleware {
    public typealias Context = ServiceContext

    /// What happens to a request without an `Authorization` field. A bad token is refused either way.
    public enum Anonymous: Sendable {
        case refused, allowed
    }

    private let verifier: TokenVerifier
    private let anonymous: Anonymous

    public init(verifier: TokenVerifier, anonymous: Anonymous = .refused) {
        self.verifier = verifier
        self.anonymous = anonymous
    }

    public func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        guard let field = request.headers[.authorization] else {
            guard anonymous == .allowed else { throw Failure.unauthenticated(because: "no token") }
            return try await next(request, context)
        }
        guard let token = BearerToken(authorization: field) else {
            throw Failure.unauthenticated(because: "not a bearer token")
        }
        var context = context
        if let principal = verifier.remembered(token.text) {
            context.principal = principal
        } else {
            context.principal = try await verifier.verify(token.text)
        }
        return try await next(request, context)
    }
}

/// The credentials of an `Authorization: Bearer` field.
public struct BearerToken: Sendable {
    public let text: String

    /// The scheme's name in any case, one or more spaces, one token (RFC 9110 §11.4). Nil for anything else.
    public init?(authorization field: String) {
        let space = UInt8(ascii: " ")
        var rest = field.utf8[...]
        for letter in "bearer".utf8 {
            // Setting the sixth bit makes ASCII letters lower case, and nothing else a letter of "bearer".
            guard let byte = rest.popFirst(), byte | 0x20 == letter else { return nil }
        }
        guard rest.first == space else { return nil }
        rest = rest.drop { $0 == space }
        guard !rest.isEmpty, !rest.contains(space), let text = String(rest) else { return nil }
        self.text = text
    }
}
