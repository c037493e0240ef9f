internal import Dispatch
internal import Foundation
public import Redis
internal import Synchronization
internal import Timing

/// A throw-away Redis on 127.0.0.1, gone with the test process however that ends.
///
/// `shared()` is one server for all tests of the process: they keep apart by the names of their keys. A test that
/// stops, floods or configures the server makes an instance of its own.
public final class TestRedis: Sendable {
    /// How the server is started.
    public struct Options: Sendable {
        public var password: String?
        /// Further users, in the words of the server's ACL: `"app on >secret ~* &* +@all"`.
        public var users: [String] = []
        /// PEM files; with them the port speaks TLS only.
        public var tls: (certificate: String, key: String, authorities: String)?
        /// Whether writes outlive `kill()`.
        public var isDurable = false
        /// Further arguments, such as `"--maxmemory", "1mb"`.
        public var arguments: [String] = []

        public init() {}
    }

    public let port: Int
    private let options: Options
    private let folder: String
    private let server = Mutex<SupervisedServer?>(nil)

    private init(_ options: Options) throws {
        self.options = options
        port = try FreePort.find()
        folder = FileManager.default.temporaryDirectory.appending(path: "test-redis-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// The process's own server, started by the first who asks.
    public static func shared() async throws -> TestRedis {
        try await sharedServer.value
    }

    private static let sharedServer = Task { try await TestRedis.start() }

    /// A server of one's own.
    public static func start(_ options: Options = Options()) async throws -> TestRedis {
        let instance = try TestRedis(options)
        try await instance.start()
        return instance
    }

    public var url: String {
        let credentials = options.password.map { ":\($0)@" } ?? ""
        return "\(options.tls == nil ? "redis" : "rediss")://\(credentials)127.0.0.1:\(port)"
    }

    /// The Unix socket it listens on, too.
    public var socketPath: String { folder + "/ready.sock" }

    /// The configuration for `url`, with the test's certificate authority and time-outs fit for tests.
    public var configuration: RedisConfiguration {
        var configuration = RedisConfiguration(address: .host("127.0.0.1", port: port), password: options.password)
        configuration.tls = options.tls.map { RedisTLS(authoritiesFile: $0.authorities) }
        // A machine under load is not what these tests are about.
        (configuration.connectTimeout, configuration.commandTimeout) = (.seconds(20), .seconds(20))
        configuration.backoff = Backoff(first: .milliseconds(10), longest: .milliseconds(100))
        return configuration
    }

    /// Starts it (again), on the same port. Without `isDurable` it is empty.
    public func start() async throws {
        try await Self.blocking { [self] in
            try server.withLock { server in
                guard server == nil else { return }
                try? FileManager.default.removeItem(atPath: socketPath)
                server = try SupervisedServer(command, folder: folder, readyFile: socketPath)
            }
        }
    }

    /// Ends it at once, as `kill -9` does.
    public func kill() async throws {
        try await Self.blocking { [self] in
            server.withLock { server in
                server?.end(keepingFolder: true)
                server = nil
            }
        }
    }

    deinit {
        // The server's own deinit ends it and removes the folder.
        guard server.withLock({ $0 == nil }) else { return }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private var command: [String] {
        var command = ["redis-server", "--bind", "127.0.0.1", "--dir", folder, "--unixsocket", socketPath]
        command += ["--save", "", "--appendonly", options.isDurable ? "yes" : "no", "--appendfsync", "always"]
        if let tls = options.tls {
            command += ["--port", "0", "--tls-port", "\(port)", "--tls-cert-file", tls.certificate]
            command += ["--tls-key-file", tls.key, "--tls-ca-cert-file", tls.authorities, "--tls-auth-clients", "no"]
        } else {
            command += ["--port", "\(port)"]
        }
        if let password = options.password { command += ["--requirepass", password] }
        for user in options.users { command += ["--user"] + user.split(separator: " ").map(String.init) }
        return command + options.arguments
    }

    /// Runs what blocks away from the threads of Swift's tasks.
    private static func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }
}
