/// Everything that can go wrong between a statement and its rows.
///
/// Cancelling the calling task is not one of them: that throws `CancellationError`.
public struct PostgresError: Error, Sendable {
    public enum Kind: Sendable, Hashable {
        /// The server refused the statement; `sqlState` says why. Nothing of it took effect.
        case server
        /// No server could be reached, or none with room for us. The statement was never sent.
        case unavailable
        /// No connection became free within the acquire time-out, or the call's own time is up. The statement was not
        /// sent, unless `isOutcomeUnknown`: then the server was asked to stop it.
        case timedOut
        /// The connection went away under a statement. See `isOutcomeUnknown`.
        case connectionLost
        /// The client was closed. The statement was never sent.
        case closed
        /// A value of a result does not fit the Swift type asked for.
        case decoding
        /// A value cannot be sent: text with U+0000 in it, a date that is no number, a statement of 1 GiB.
        case encoding
        /// The transaction ended before, or ended otherwise than asked, or one of its statements was given up.
        case transaction
        /// The migrations on disk and those applied contradict each other.
        case migration
        /// The connection string is malformed, or the client was used in a way it does not support.
        case usage
    }

    public var kind: Kind
    /// The server's primary message, or one of ours. For the log: it may quote values.
    public var message: String
    /// Five characters, PostgreSQL appendix A. Nil when the server said nothing.
    public var sqlState: String?
    public var detail: String?
    public var hint: String?
    /// Names of what a broken constraint belongs to.
    public var schema: String?
    public var table: String?
    public var column: String?
    public var constraint: String?
    /// The statement was sent and no answer came: it may have taken effect or not. Never sent again by the client.
    public var isOutcomeUnknown = false
    /// The function of the server's source that raised it, a name that no locale changes.
    var routine: String?

    public init(_ kind: Kind, _ message: String, sqlState: String? = nil) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
    }
}

extension PostgresError {
    /// The database is away, overloaded or going down; the same call may work later.
    public var isUnavailable: Bool {
        switch kind {
        case .unavailable, .timedOut, .connectionLost, .closed: true
        case .server:
            // Connection exceptions, insufficient resources, shutdown and start-up, and a primary that became a standby.
            sqlState.map { $0.hasPrefix("08") || $0.hasPrefix("53") || $0.hasPrefix("57P") || $0 == "25006" } ?? false
        case .decoding, .encoding, .transaction, .migration, .usage: false
        }
    }

    public var isConnectionLost: Bool { kind == .connectionLost }
    public var isUniqueViolation: Bool { sqlState == "23505" }
    public var isForeignKeyViolation: Bool { sqlState == "23503" }
    public var isCheckViolation: Bool { sqlState == "23514" }
    public var isNotNullViolation: Bool { sqlState == "23502" }
    public var isExclusionViolation: Bool { sqlState == "23P01" }
    /// A serialization failure or deadlock: the whole transaction may be tried again.
    public var isSerializationFailure: Bool { sqlState == "40001" || sqlState == "40P01" }
    /// Stopped by `statement_timeout`, or by somebody's cancel request.
    public var isQueryCanceled: Bool { sqlState == "57014" }
    /// `FOR UPDATE NOWAIT` or `lock_timeout` found the row taken.
    public var isLockNotAvailable: Bool { sqlState == "55P03" }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        var text = "PostgresError(\(kind)"
        if let sqlState { text += " \(sqlState)" }
        text += ": \(message)"
        if let constraint { text += ", constraint \(constraint)" }
        if isOutcomeUnknown { text += ", outcome unknown" }
        return text + ")"
    }
}
