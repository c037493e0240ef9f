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
    public typealias Context = CallerContext

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
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
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
        var field = field
        let token = field.withUTF8 { bytes -> String? in
            let space = UInt8(ascii: " ")
            // Setting the sixth bit makes ASCII letters lower case, and nothing else a letter of "bearer".
            guard bytes.count > 7, bytes[6] == space, zip(bytes, "bearer".utf8).allSatisfy({ $0 | 0x20 == $1 }),
                let start = bytes[7...].firstIndex(where: { $0 != space })
            else { return nil }
            let token = UnsafeBufferPointer(rebasing: bytes[start...])
            return token.contains(space) ? nil : String(decoding: token, as: UTF8.self)
        }
        guard let token else { return nil }
        text = token
    }
}
