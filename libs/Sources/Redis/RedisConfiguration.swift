internal import NIOCore
public import Timing

/// Where the server is, how to get in, and how patient to be.
public struct RedisConfiguration: Sendable {
    public enum Address: Sendable, Hashable {
        case host(String, port: Int)
        case unixSocket(path: String)
    }

    public var address: Address
    /// A user of the server's ACL; `nil` means the default user.
    public var username: String?
    public var password: String?
    public var database: Int
    /// `nil` means plain TCP.
    public var tls: RedisTLS?
    /// For TCP, TLS and the greeting together.
    public var connectTimeout: Duration = .seconds(3)
    /// From the call to the answer, unless a call says otherwise.
    public var commandTimeout: Duration = .seconds(5)
    /// A connection on which nothing came for so long is asked whether it lives (`PING`), and dropped without answer.
    public var keepAliveInterval: Duration = .seconds(10)
    /// A server that is no primary is not used, and one that stops being it is left: it takes `PUBLISH` as before and
    /// keeps it to itself. Needs the right to `ROLE`; subscribers also use `INFO`, where they may.
    public var requiresPrimary = true
    /// How often each connection asks. What a demoted server answers in between counts as done.
    public var roleInterval: Duration = .seconds(2)
    /// Commands waiting or under way at most; beyond it they fail as unavailable.
    public var maximumQueuedCommands = 65_536
    /// Bytes waiting to be written at most; beyond it commands fail as unavailable.
    public var maximumQueuedBytes = 64 << 20
    /// Connections for commands that block (`XREAD ... BLOCK`) at most; others wait for none and fail as unavailable.
    public var maximumBlockingConnections = 32
    /// Before the next attempt to connect, after each that failed.
    public var backoff = Backoff(first: .milliseconds(50), longest: .seconds(2))

    public init(
        address: Address, username: String? = nil, password: String? = nil, database: Int = 0, tls: RedisTLS? = nil
    ) {
        self.address = address
        self.username = username
        self.password = password
        self.database = database
        self.tls = tls
    }
}

/// Shows nothing of what may be secret, also when dumped.
extension RedisConfiguration: CustomStringConvertible, CustomReflectable {
    public var description: String { "RedisConfiguration" }
    public var customMirror: Mirror { Mirror(self, children: ["database": database]) }
}

/// Trust and identity on an encrypted connection.
public struct RedisTLS: Sendable, Hashable {
    /// A PEM file of the authorities to trust; `nil` means those of the system.
    public var authoritiesFile: String?
    /// The name the certificate must carry when it is not the host's.
    public var serverName: String?
    /// PEM files of our own identity, where the server asks for one.
    public var certificateFile: String?
    public var privateKeyFile: String?

    public init(
        authoritiesFile: String? = nil, serverName: String? = nil, certificateFile: String? = nil,
        privateKeyFile: String? = nil
    ) {
        self.authoritiesFile = authoritiesFile
        self.serverName = serverName
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
    }
}
