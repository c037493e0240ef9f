/// Why a message was not handed over.
public struct MailFailure: Error, Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable {
        /// It did not go out, and may later: the server is away, busy, or said so (4xx).
        case tryAgain
        /// It did not go out and never will as it is (5xx).
        case refused
        /// It may have gone out: the connection ended between its last byte and the answer. Sent again it may come twice.
        case perhapsTaken
    }

    /// What a server said.
    public struct Reply: Sendable, Hashable {
        public let code: Int
        /// RFC 3463, such as `5.1.1`; of SES the name of the error. Nil where there was none.
        public let status: String?
        /// The server's own words, without control characters, at most 512 of them. May name a recipient: for the audit, not for logs.
        public let text: String
    }

    public let outcome: Outcome
    /// Every message meets it until somebody mends a setting: credentials, certificates, a suspended account. The
    /// message is not to blame, so its outcome is never `refused`.
    public let needsOperator: Bool
    /// What happened and at which step, without addresses, hosts or secrets.
    public let reason: String
    public let reply: Reply?

    public init(_ outcome: Outcome, _ reason: String, needsOperator: Bool = false, reply: Reply? = nil) {
        self.outcome = outcome
        self.needsOperator = needsOperator
        self.reason = reason
        self.reply = reply
    }
}

extension MailFailure: CustomStringConvertible {
    public var description: String {
        let said = reply.map { " (\($0.code)\($0.status.map { " \($0)" } ?? ""))" } ?? ""
        return "\(outcome.rawValue): \(reason)\(said)\(needsOperator ? "; needs an operator" : "")"
    }
}
