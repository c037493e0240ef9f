public import DomainKit
import HTTPTypes

/// The failures the edge itself raises, the same in every service.
extension Failure {
    /// Nobody, or nobody that can be verified. The edge adds `WWW-Authenticate: Bearer`.
    public static func unauthenticated(_ message: String = "A valid access token is needed.") -> Failure {
        Failure(.unauthenticated, code: "platform.unauthenticated", message: message)
    }

    static let routeNotFound = Failure(
        .notFound, code: "platform.not-found", message: "There is nothing at this address.")

    static func methodNotAllowed(_ method: HTTPRequest.Method) -> Failure {
        Failure(
            .methodNotAllowed, code: "platform.method-not-allowed",
            message: "This address does not take \(method.rawValue).")
    }

    static func contentTooLarge(limit: Int) -> Failure {
        Failure(
            .contentTooLarge, code: "platform.content-too-large", message: "The body may have at most \(limit) bytes.")
    }

    static func unsupportedMediaType(expected: String) -> Failure {
        Failure(
            .unsupportedMediaType, code: "platform.unsupported-media-type",
            message: "The body must be sent as \(expected).")
    }

    static let internalError = Failure(
        .fault, code: "platform.internal-error", message: "Something went wrong on our side.")
}
