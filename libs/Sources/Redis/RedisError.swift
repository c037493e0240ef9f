/// Why a command has no answer.
public enum RedisError: Error, Sendable, Hashable {
    /// There is no server to talk to, or the queue is full. The command was not sent.
    case unavailable(String)
    /// The server does not let us in: a wrong or missing password or user. The command was not sent.
    case authenticationFailed(String)
    /// The connection ended after the command was sent and before it was answered: it may or may not have been done.
    case connectionLost(String)
    /// No answer in time. `wasSent` says whether the server may have done it all the same.
    case timedOut(wasSent: Bool)
    /// The server answered with an error.
    case server(RedisServerError)
    /// The server's bytes are not RESP2.
    case protocolViolation(String)
    /// The answer has another shape than the command promises.
    case unexpectedReply(String)
    /// The client was closed. The command was not sent.
    case closed
    /// The address or an option in the configuration cannot be used.
    case invalidConfiguration(String)
}

extension RedisError {
    /// The fault lies with the server's reach or state; the same command may work later.
    public var isUnavailable: Bool {
        switch self {
        case .unavailable, .authenticationFailed, .connectionLost, .timedOut, .protocolViolation, .closed: true
        case .server(let error): Self.passingStates.contains(error.code)
        case .unexpectedReply, .invalidConfiguration: false
        }
    }

    /// Whether the command may have been done although no answer came. Never sent again by the client.
    public var isOutcomeUnknown: Bool {
        switch self {
        case .connectionLost, .timedOut(wasSent: true), .protocolViolation: true
        default: false
        }
    }

    /// States a server leaves by itself: starting, failing over, busy with a script, out of replicas or memory.
    private static let passingStates: Set<Substring> = [
        "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "BUSY", "NOREPLICAS", "MISCONF", "OOM",
    ]
}

extension RedisError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unavailable(let why): "Redis is unavailable: \(why)"
        case .authenticationFailed(let why): "Redis refuses the credentials: \(why)"
        case .connectionLost(let why): "the Redis connection was lost before the answer: \(why)"
        case .timedOut(wasSent: true): "Redis did not answer in time"
        case .timedOut(wasSent: false): "the command could not be sent to Redis in time"
        case .server(let error): "Redis: \(error.message)"
        case .protocolViolation(let why): "Redis sent what is not RESP2: \(why)"
        case .unexpectedReply(let why): "unexpected Redis reply: \(why)"
        case .closed: "the Redis client is closed"
        case .invalidConfiguration(let why): "Redis configuration: \(why)"
        }
    }
}
