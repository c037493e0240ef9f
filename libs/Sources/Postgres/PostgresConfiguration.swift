/// How a client reaches its database and what it may use of it.
public struct PostgresConfiguration: Sendable {
    /// A libpq connection string: a URI (`postgres://user@host1,host2/db?target_session_attrs=read-write&sslmode=
    /// verify-full`) or `key=value` pairs. Several hosts are tried in turn; everything libpq knows works here.
    public var connectionString: String
    /// Shared connections single statements are pipelined over; opened as they are needed.
    public var sharedConnections = 4
    /// Statements in flight on one shared connection before another one is used, however quick they are. Deep, many
    /// callers share one connection, which keeps their waits even where processors are few; shallow, more connections
    /// work at the same time, which carries more where processors are idle.
    public var pipelineDepth = 64
    /// Connections that transactions may hold at the same time.
    public var transactionConnections = 8
    /// How long a statement or transaction may wait for a connection before it fails with kind `.timedOut`.
    public var acquireTimeout: Duration = .seconds(5)
    /// How long statements wait for a server that cannot be reached before they fail with kind `.unavailable`: long
    /// enough for a reconnect, short enough that callers learn of an outage.
    public var outagePatience: Duration = .milliseconds(500)
    /// Per host. libpq takes whole seconds, two at least.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a call may take that names no time-out of its own, its wait for a connection included; nil sets no end.
    /// Calls on a transaction have the transaction's.
    public var callTimeout: Duration?
    /// When the server owes an answer and nothing has come for so long, it is asked on another connection whether it is
    /// there; if it does not answer that within 2 s either, everything on its way to it is given up. nil never asks.
    public var silenceTimeout: Duration? = .seconds(4)
    /// Longest run of one statement, kept by the server (`statement_timeout`); nil leaves the server's own setting.
    public var statementTimeout: Duration? = .seconds(30)
    /// Longest pause between two statements of a transaction, kept by the server.
    public var idleInTransactionTimeout: Duration? = .seconds(60)
    /// Transaction connections that nobody used for this long are closed; one stays.
    public var idleTimeout: Duration = .seconds(60)
    /// Prepared statements kept per connection; the one unused for longest goes first.
    public var statementCacheSize = 256
    /// Shown in `pg_stat_activity`.
    public var applicationName = "hiroba"

    public init(connectionString: String) {
        self.connectionString = connectionString
    }
}

/// Shows nothing of the connection string, which may hold a password, also when dumped.
extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
    public var description: String { "PostgresConfiguration(\(applicationName))" }
    public var customMirror: Mirror { Mirror(self, children: ["applicationName": applicationName]) }
}
