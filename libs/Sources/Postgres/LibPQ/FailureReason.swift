/// Why a connection could not be made or was lost, in words of our own.
///
/// libpq's messages name hosts, users, databases and files out of the connection string, and those belong neither into
/// an error nor into a log. So what it says is only looked through for what is known to happen.
enum FailureReason {
    /// Everything recognised, in the order of the list; several hosts may fail for several reasons.
    static func words(for message: String) -> String {
        let message = message.lowercased()
        var reasons: [String] = []
        for (sign, reason) in known where message.contains(sign) && !reasons.contains(reason) { reasons.append(reason) }
        return reasons.isEmpty ? "the connection failed" : reasons.joined(separator: "; ")
    }

    private static let known: [(sign: String, reason: String)] = [
        ("connection refused", "connection refused"),
        ("timeout expired", "no answer in time"),
        ("timed out", "no answer in time"),
        ("could not translate host name", "the host's name is not known"),
        ("network is unreachable", "the network is unreachable"),
        ("no route to host", "no route to the host"),
        ("no such file or directory", "there is no such socket"),
        ("permission denied", "permission denied"),
        ("password authentication failed", "the server refuses the credentials"),
        ("authentication failed", "the server refuses the credentials"),
        ("no password supplied", "the server wants a password"),
        ("pg_hba.conf", "the server lets nobody in from here like this (pg_hba.conf)"),
        ("fatal:  role", "there is no such role, or it may not connect"),
        ("fatal:  database", "there is no such database, or it takes no connections"),
        ("permission denied for database", "the role may not connect to the database"),
        ("too many clients", "the server has no room for another connection"),
        ("too many connections", "the server has no room for another connection"),
        ("connection slots are reserved", "the server has no room for another connection"),
        ("starting up", "the server is starting"),
        ("shutting down", "the server is stopping"),
        ("in recovery mode", "the server is recovering"),
        ("terminating connection", "the server ended the connection"),
        ("hot standby", "no server of the kind asked for (target_session_attrs)"),
        ("session is read-only", "no server of the kind asked for (target_session_attrs)"),
        ("session is not read-only", "no server of the kind asked for (target_session_attrs)"),
        ("does not support ssl", "the server does not speak TLS"),
        ("certificate verify failed", "the server's certificate is not trusted"),
        ("root certificate file", "the authorities' certificates cannot be read"),
        ("server certificate for", "the server's certificate is for another name"),
        ("ssl error", "TLS failed"),
        ("server closed the connection", "the server closed the connection"),
        ("connection reset", "the connection was reset"),
        ("broken pipe", "the connection was reset"),
        ("ssl connection has been closed", "the server closed the connection"),
        ("connection pointer is null", "no memory"),
        ("out of memory", "no memory"),
    ]
}
