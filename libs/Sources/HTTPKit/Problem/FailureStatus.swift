public import HTTPTypes

public import DomainKit

extension Failure.Kind {
    /// The one place where a kind of failure meets its HTTP status.
    public var status: HTTPResponse.Status {
        switch self {
        case .invalidInput: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict: .conflict
        case .gone: .gone
        case .preconditionFailed: .preconditionFailed
        case .preconditionRequired: .preconditionRequired
        case .contentTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .rangeNotSatisfiable: .rangeNotSatisfiable
        case .unprocessable: .unprocessableContent
        case .rateLimited: .tooManyRequests
        case .unavailable: .serviceUnavailable
        case .fault: .internalServerError
        }
    }

    /// The problem's `title`: the same for every problem of the kind, as RFC 9457 §3.1.3 asks.
    var title: String {
        switch self {
        case .invalidInput: "The request is not valid"
        case .unauthenticated: "Authentication is needed"
        case .forbidden: "Not allowed"
        case .notFound: "Not found"
        case .methodNotAllowed: "Method not allowed"
        case .conflict: "Conflict with the present state"
        case .gone: "Gone"
        case .preconditionFailed: "Precondition failed"
        case .preconditionRequired: "A precondition is required"
        case .contentTooLarge: "The content is too large"
        case .unsupportedMediaType: "Unsupported media type"
        case .rangeNotSatisfiable: "Range not satisfiable"
        case .unprocessable: "The request contradicts something said before"
        case .rateLimited: "Too many requests"
        case .unavailable: "Temporarily unavailable"
        case .fault: "Internal error"
        }
    }
}

extension Failure.Kind {
    /// The code of a problem nobody gave a more telling one.
    var platformCode: String {
        switch self {
        case .invalidInput: "platform.invalid-input"
        case .unauthenticated: "platform.unauthenticated"
        case .forbidden: "platform.forbidden"
        case .notFound: "platform.not-found"
        case .methodNotAllowed: "platform.method-not-allowed"
        case .conflict: "platform.conflict"
        case .gone: "platform.gone"
        case .preconditionFailed: "platform.precondition-failed"
        case .preconditionRequired: "platform.precondition-required"
        case .contentTooLarge: "platform.content-too-large"
        case .unsupportedMediaType: "platform.unsupported-media-type"
        case .rangeNotSatisfiable: "platform.range-not-satisfiable"
        case .unprocessable: "platform.unprocessable"
        case .rateLimited: "platform.rate-limited"
        case .unavailable: "platform.unavailable"
        case .fault: "platform.internal-error"
        }
    }
}
