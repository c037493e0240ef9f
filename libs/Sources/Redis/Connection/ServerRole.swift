extension RedisCommand {
    /// Asks whether the server is a primary. A demoted one takes `PUBLISH` as before and keeps it to itself.
    static let role = RedisCommand("ROLE")
}

extension RedisError {
    /// The server at the other end is a replica, or something else that takes no writes.
    static let notPrimary = RedisError.unavailable("the server is a replica")

    /// What the answer to `ROLE` has against the connection; nil when it leads to a primary.
    init?(roleReply reply: RESPValue) {
        switch reply {
        case .array(let parts) where parts.first?.stringValue == "master": return nil
        case .array: self = .notPrimary
        case .error(let error) where error.code == "NOPERM":
            self = .authenticationFailed("the user may not ask ROLE (ACL +role): \(error.message)")
        case .error(let error): self = Greeting.failure(error)
        case .simple, .integer, .bulk, .null: self = .unavailable("the server does not tell its role")
        }
    }
}
