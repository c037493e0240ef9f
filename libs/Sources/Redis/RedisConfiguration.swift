internal import NIOCore

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
    /// Commands waiting or under way at most; beyond it they fail as unavailable.
    public var maximumQueuedCommands = 65_536
    /// Bytes waiting to be written at most; beyond it commands fail as unavailable.
    public var maximumQueuedBytes = 64 << 20
    /// Connections for commands that block (`XREAD ... BLOCK`) at most; others wait for none and fail as unavailable.
    public var maximumBlockingConnections = 32
    public var backoff = RedisBackoff()

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

/// How long to wait before the next attempt: doubling, bounded, and drawn at random from the upper half so that the
/// clients of a restarted server do not return all at once.
public struct RedisBackoff: Sendable, Hashable {
    public var first: Duration = .milliseconds(50)
    public var longest: Duration = .seconds(2)

    public init(first: Duration = .milliseconds(50), longest: Duration = .seconds(2)) {
        self.first = first
        self.longest = longest
    }

    /// `failures` counts the attempts that failed in a row, from 1.
    func delay(afterFailures failures: Int) -> TimeAmount {
        let ceiling = min(first * (1 << min(max(failures - 1, 0), 20)), longest)
        return TimeAmount(ceiling * Double.random(in: 0.5...1))
    }

    /// Before the first attempt after a loss: commands wait for it, so it is short.
    func delayAfterLoss() -> TimeAmount {
        TimeAmount(first * Double.random(in: 0...0.5))
    }
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
