internal import CLibPQ
internal import Timing

/// What libpq is given to connect with: our defaults, under the connection string, under what we insist on.
///
/// Holds secrets: it shows none of them when it is printed or dumped.
struct ConnectionParameters: Sendable, CustomStringConvertible, CustomReflectable {
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

    var description: String { "ConnectionParameters" }
    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// For a question to the server that another connection leads to.
    func probing(_ address: [(key: String, value: String)]) -> [(key: String, value: String)] {
        pairs + address + [("connect_timeout", "2"), ("target_session_attrs", "any")]
    }

    private static func parse(_ text: String) throws(PostgresError) -> [String: String] {
        // What libpq would say of it quotes it.
        guard let options = PQconninfoParse(text, nil) else {
            throw PostgresError(.usage, "the connection string is no URI or list of pairs that libpq understands")
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
