internal import Foundation
internal import Glibc
internal import Postgres
internal import Synchronization

/// A throw-away PostgreSQL server for tests.
///
/// Most tests want `TestPostgres.database()`: an empty database on a server the whole test process shares. Tests of
/// outages take a server of their own with `TestPostgres.start()` and stop, kill and restart it.
///
/// A server never outlives its test process, even one killed outright: a small shell waits for the end of a pipe that
/// only this process holds open, then stops the server and removes its files.
public final class TestPostgres: Sendable {
    public let port: Int
    private let directory: URL
    private let supervisor: SupervisedShell

    /// Connection string of the server's own database, as superuser.
    public var url: String { url(database: "postgres") }

    /// The connection string of a fresh and empty database on the shared server.
    public static func database() async throws -> String {
        try await shared.server().createDatabase()
    }

    /// A server of the caller's own, ready for connections. `settings` are lines for `postgresql.conf`; with a
    /// certificate it speaks TLS to those who ask for it.
    public static func start(
        settings: [String] = [], certificate: TestCertificate? = nil
    ) async throws -> TestPostgres {
        let server = try TestPostgres(settings: settings, certificate: certificate)
        try await server.ready()
        return server
    }

    private init(settings: [String], certificate: TestCertificate?) throws {
        port = try FreePort.find()
        directory = URL(fileURLWithPath: "/tmp/hiroba-postgres-\(getpid())-\(port)", isDirectory: true)
        let lines = ["port = \(port)"] + Self.settings + (certificate == nil ? [] : ["ssl = on"]) + settings
        supervisor = try SupervisedShell.supervise(
            script: Self.script,
            arguments: [
                directory.path, lines.joined(separator: "\n"), Self.programs, certificate?.file ?? "",
                certificate?.keyFile ?? "",
            ])
    }

    /// Creates an empty database and returns its connection string.
    public func createDatabase() async throws -> String {
        let name = "test_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"
        let client = PostgresClient(configuration(for: url))
        try await client.query("CREATE DATABASE \(identifier: name)")
        await client.close()
        return url(database: name)
    }

    /// Stops the server in an orderly way: sessions are ended by `FATAL: terminating connection`.
    public func stop() async throws {
        try supervisor.tell("stop")
        try await supervisor.answer("stopped")
    }

    /// Kills the server as `kill -9` does; no session hears a word.
    public func kill() async throws {
        try supervisor.tell("kill")
        try await supervisor.answer("killed")
    }

    /// Starts it again on the same port with the same data, and returns when it takes connections.
    public func start() async throws {
        try supervisor.tell("start")
        try await ready()
    }

    /// Freezes the server's processes, as a machine that no longer answers.
    public func freeze() async throws {
        try supervisor.tell("freeze")
        try await supervisor.answer("frozen")
    }

    public func thaw() async throws {
        try supervisor.tell("thaw")
        try await supervisor.answer("thawed")
    }

    private func ready() async throws {
        try await supervisor.answer("ready")
    }

    private func url(database: String) -> String {
        "postgres://postgres@127.0.0.1:\(port)/\(database)"
    }

    private func configuration(for url: String) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(connectionString: url)
        configuration.sharedConnections = 1
        return configuration
    }

    private static let shared = SharedServer()

    private actor SharedServer {
        private var starting: Task<TestPostgres, any Error>?

        func server() async throws -> TestPostgres {
            let starting = starting ?? Task { try await TestPostgres.start() }
            self.starting = starting
            return try await starting.value
        }
    }
}

extension TestPostgres {
    /// What is committed survives the kill of the server, not of the machine: that is of no use to a test.
    private static let settings = [
        "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "fsync = off",
        "full_page_writes = off", "max_connections = 500", "shared_buffers = 32MB", "autovacuum = off",
        "log_min_messages = warning",
    ]

    private static let programs = "/usr/lib/postgresql/15/bin"

    /// Runs as the supervisor: $1 directory, $2 settings, $3 where the programs are, $4 and $5 a certificate and its
    /// key. Commands come in by lines, answers go out by lines, and the end of the input is the end of the server.
    private static let script = #"""
        dir=$1; bin=$3
        as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid postgres --regid postgres --init-groups "$@"; else "$@"; fi; }
        pid() { head -n 1 "$dir/data/postmaster.pid" 2>/dev/null; }
        up() { as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start >"$dir/start" 2>&1 </dev/null \
            && echo ready || echo "failed $(tail -n 3 "$dir/log" "$dir/start" 2>&1 | tr '\n' ' ')"; }
        family() { p=$(pid); [ -n "$p" ] && kill "-$1" $(ps -o pid= --ppid "$p") "$p" 2>/dev/null; }
        die() { p=$(pid); family CONT; family KILL
            # Nobody tells when a process that is no child of ours is gone: it is looked at again and again.
            while [ -n "$p" ] && kill -0 "$p" 2>/dev/null; do sleep 0.01; done; rm -f "$dir/data/postmaster.pid"; }
        trap '' INT TERM HUP PIPE  # a broken pipe must not keep us from cleaning up
        trap 'die; rm -rf "$dir"' EXIT
        mkdir -p "$dir"; : >"$dir/log"; [ "$(id -u)" = 0 ] && chown -R postgres "$dir"
        as "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >"$dir/initdb" 2>&1 \
            || { echo "failed $(tail -n 3 "$dir/initdb" | tr '\n' ' ')"; exit 1; }
        printf '%s\n' "$2" >>"$dir/data/postgresql.conf"
        [ -z "$4" ] || { as cp "$4" "$dir/data/server.crt"; (umask 077; as cp "$5" "$dir/data/server.key"); }
        up
        while read -r command; do
            case $command in
            stop) as "$bin/pg_ctl" -D "$dir/data" -m fast -w stop >/dev/null 2>&1; echo stopped ;;
            kill) die; echo killed ;;
            start) up ;;
            freeze) family STOP; echo frozen ;;
            thaw) family CONT; echo thawed ;;
            esac
        done
        """#
}
