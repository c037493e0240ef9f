internal import Spans
internal import Tracing

/// A span for each command, by OpenTelemetry's conventions for Redis: its name and nothing of its arguments.
struct CommandSpans: Sendable {
    /// Nil when nobody listens.
    private let tracer: (any Tracer)?

    init() {
        tracer = InstrumentationSystem.listener
    }

    func begin(_ command: RedisCommand) -> (any Span)? {
        tracer == nil ? nil : begin(command.name)
    }

    func begin(_ name: String, of count: Int? = nil) -> (any Span)? {
        guard let tracer else { return nil }
        var attributes: SpanAttributes = ["db.system.name": "redis", "db.operation.name": .string(name)]
        if let count { attributes["db.operation.batch.size"] = count }
        return tracer.beginCall(name, attributes)
    }

    /// `completion`, which ends the command's span first.
    func ending(
        _ command: RedisCommand, _ completion: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void
    ) -> @Sendable (Result<RESPValue, RedisError>) -> Void {
        guard let span = begin(command) else { return completion }
        return { result in
            if case .failure(let error) = result { span.fail(error) }
            span.end()
            completion(result)
        }
    }
}

extension RedisCommand {
    fileprivate var name: String {
        guard case .string(let name) = arguments.first else { return "command" }
        return name.uppercased()
    }
}

extension Span {
    /// Notes what a command failed with: the server's code, or the kind, as messages quote arguments.
    func fail(_ error: any Error) {
        switch error {
        // A script may answer in words of its own.
        case RedisError.server(let error) where error.code.allSatisfy { $0.isUppercase && $0.isASCII }:
            attributes["db.response.status_code"] = String(error.code)
            fail(String(error.code))
        case let error as RedisError: fail(error.kind)
        case is CancellationError: fail("cancelled")
        default: fail("\(type(of: error))")
        }
    }
}

extension RedisError {
    fileprivate var kind: String {
        switch self {
        case .unavailable: "unavailable"
        case .authenticationFailed: "authentication_failed"
        case .connectionLost: "connection_lost"
        case .timedOut: "timed_out"
        case .server: "server"
        case .protocolViolation: "protocol_violation"
        case .unexpectedReply: "unexpected_reply"
        case .closed: "closed"
        case .invalidConfiguration: "invalid_configuration"
        }
    }
}
