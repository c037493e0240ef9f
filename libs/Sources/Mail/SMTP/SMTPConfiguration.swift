/// Where mail goes by SMTP and how.
///
/// Shows neither host nor credentials where it is printed or dumped.
public struct SMTPConfiguration: Sendable, Hashable {
    public enum Encryption: Sendable, Hashable {
        /// TLS from the first byte, as on port 465 (RFC 8314 §3.3).
        case implicit
        /// STARTTLS (RFC 3207); a server that does not offer it gets nothing.
        case startTLS
        /// STARTTLS where it is offered. Only to this machine itself, where nobody stands between to take the offer away.
        case startTLSIfOffered
        /// In the clear. Only to this machine itself.
        case none
    }

    public struct Credentials: Sendable, Hashable {
        public let user: String
        public let password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// How long each step may take. RFC 5321 §4.5.3.2 wants minutes, for servers that look things up.
    public struct Timeouts: Sendable, Hashable {
        /// Until there is a connection.
        public var connect: Duration = .seconds(10)
        /// Until the server's first line, TLS included where that comes first.
        public var greeting: Duration = .seconds(60)
        /// For the answer to each command, and for the TLS handshake.
        public var command: Duration = .seconds(60)
        /// For the answer to the last byte of a message. Long: a server that is given up here may have taken it.
        public var acceptance: Duration = .seconds(600)

        public init() {}
    }

    public var host: String
    public var port: Int
    public var encryption: Encryption
    public var credentials: Credentials?
    /// Lets credentials go to this machine itself in the clear. To another one they never do.
    public var allowsPlaintextLogin = false
    /// A PEM file of the authorities to trust instead of the system's.
    public var authoritiesFile: String?
    /// What this client calls itself in `EHLO`: a host name; by default its address, as RFC 5321 §4.1.4 has it.
    public var clientName: String?
    public var timeouts = Timeouts()
    /// How long a connection is kept for the next message.
    public var idleTime: Duration = .seconds(20)

    public init(host: String, port: Int, encryption: Encryption, credentials: Credentials? = nil) {
        self.host = host
        self.port = port
        self.encryption = encryption
        self.credentials = credentials
    }
}

extension SMTPConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "SMTPConfiguration(\(encryption))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["encryption": encryption]) }
}

extension SMTPConfiguration.Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Credentials" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
