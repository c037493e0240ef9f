/// Everything that can go wrong in a way a caller is told about, without a word of HTTP.
///
/// A domain raises it, a store translates its driver's error into it once, and the edge turns `kind` into a status
/// and the rest into an RFC 9457 problem. `code` is the stable name clients match on (`chat.room-not-found`),
/// `message` is written for them; `context` and `cause` are for the log alone and never leave the process.
public struct Failure: Error, Sendable {
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// The request cannot be understood or a value in it is not acceptable.
        case invalidInput
        /// Nobody, or nobody we can verify, is calling.
        case unauthenticated
        /// The caller is known and may not do this.
        case forbidden
        /// It does not exist, or the caller may not know that it does.
        case notFound
        case methodNotAllowed
        /// The state of the resource does not allow it now.
        case conflict
        case gone
        /// A precondition the caller stated does not hold.
        case preconditionFailed
        /// A precondition is needed and was not stated.
        case preconditionRequired
        case contentTooLarge
        case unsupportedMediaType
        case rangeNotSatisfiable
        /// Well formed, and contradicts something said before.
        case unprocessable
        case rateLimited
        /// A dependency is away or full; the same call may work later.
        case unavailable
        /// A fault of ours.
        case fault
    }

    /// What a public member of its own may hold.
    public enum Extension: Sendable, Hashable, ExpressibleByStringLiteral {
        case text(String)
        case number(Int64)

        public init(stringLiteral text: String) { self = .text(text) }
    }

    public var kind: Kind
    /// Stable, `<service>.<what>` in kebab case.
    public var code: String
    /// Public, one sentence.
    public var message: String
    /// What is wrong with which part of the input.
    public var violations: [Violation]
    /// Public members added to the problem beside the standard ones.
    public var extensions: [String: Extension]
    /// How long a caller should wait before it tries again.
    public var retryAfter: Duration?
    /// Private, for the log.
    public var context: [String: String]
    /// Private, for the log.
    public var cause: (any Error)?

    public init(
        _ kind: Kind, code: String, message: String, violations: [Violation] = [],
        extensions: [String: Extension] = [:], retryAfter: Duration? = nil, context: [String: String] = [:],
        cause: (any Error)? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.violations = violations
        self.extensions = extensions
        self.retryAfter = retryAfter
        self.context = context
        self.cause = cause
    }

    /// The same failure with what led to it, for the log.
    public func caused(by error: any Error) -> Failure {
        var copy = self
        copy.cause = error
        return copy
    }

    /// The same failure with one more private detail, for the log.
    public func noting(_ key: String, _ value: some CustomStringConvertible) -> Failure {
        var copy = self
        copy.context[key] = value.description
        return copy
    }
}

extension Failure {
    /// A dependency that is needed for an answer is away.
    public static func unavailable(_ dependency: String, cause: (any Error)? = nil) -> Failure {
        Failure(
            .unavailable, code: "platform.unavailable", message: "A part of the service is away; try again shortly.",
            retryAfter: .seconds(1), context: ["dependency": dependency], cause: cause)
    }

    /// Input that breaks the rules named in `violations`.
    public static func invalid(_ violations: [Violation]) -> Failure {
        Failure(
            .invalidInput, code: "platform.invalid-input", message: "The request has values that are not acceptable.",
            violations: violations)
    }
}
