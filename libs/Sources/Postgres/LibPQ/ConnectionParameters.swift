internal import CLibPQ
internal import Timing

/// What libpq is given to connect with: our defaults, under the connection string, under what we insist on.
struct ConnectionParameters: Sendable {
    let pairs: [(key: String, value: String)]
    /// A standby will not do (`target_session_attrs`).
    let wantsPrimary: Bool

    /// Also tells what is wrong with the connection string, if libpq cannot read it.
    static func make(_ configuration: PostgresConfiguration) -> (ConnectionParameters, flaw: PostgresError?) {
        do {
            return (try ConnectionParameters(configuration), nil)
        } catch {
            return (ConnectionParameters(pairs: [], wantsPrimary: false), error)
        }
    }

    private init(pairs: [(key: String, value: String)], wantsPrimary: Bool) {
        self.pairs = pairs
        self.wantsPrimary = wantsPrimary
    }

    private init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        let given = try Self.parse(configuration.connectionString)
        var options = given["options"].map { [$0] } ?? []
        if let timeout = configuration.statementTimeout {
            options.append("-c statement_timeout=\(timeout.wholeMilliseconds)")
        }
        if let timeout = configuration.idleInTransactionTimeout {
            options.append("-c idle_in_transaction_session_timeout=\(timeout.wholeMilliseconds)")
        }
        wantsPrimary = ["read-write", "primary"].contains(given["target_session_attrs"] ?? "")
        pairs = [
            ("connect_timeout", "\(max(2, configuration.connectTimeout.wholeSeconds))"),
            ("application_name", configuration.applicationName),
            // A peer that vanished without a word is noticed in about 20 s.
            ("keepalives_idle", "10"), ("keepalives_interval", "3"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "15000"),
            ("dbname", configuration.connectionString),
            ("client_encoding", "UTF8"),
            ("options", options.joined(separator: " ")),
        ]
    }

    private static func parse(_ text: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            defer { PQfreemem(message) }
            let reason = message.map { String(cString: $0).trimmingNewlines } ?? "out of memory"
            throw PostgresError(.usage, "connection string: \(reason)")
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }
}
