internal import Foundation

extension RedisConfiguration {
    /// Reads `redis://[[user]:password@]host[:port][/database]`, `rediss://...` for TLS, or `unix:///path?db=0`.
    ///
    /// `rediss` takes `ca_file`, `server_name`, `cert_file` and `key_file` as query items. A lone `user` without a colon
    /// is an error and not silently a password. Fails: `RedisError.invalidConfiguration`, without repeating any of the
    /// URL, since it may hold a password.
    public init(url: String) throws(RedisError) {
        guard let parts = URLComponents(string: url) else { throw .invalidConfiguration("not a URL") }
        let query = try Self.query(of: parts)
        switch parts.scheme {
        case "redis", "rediss":
            guard let host = parts.host, !host.isEmpty else { throw .invalidConfiguration("the URL names no host") }
            let port = parts.port ?? 6379
            guard (1...65_535).contains(port) else { throw .invalidConfiguration("the port is out of range") }
            let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
            self.init(address: .host(bare, port: port))
            database = try Self.database(parts.path.drop { $0 == "/" })
        case "unix":
            guard !parts.path.isEmpty else { throw .invalidConfiguration("the URL names no socket") }
            self.init(address: .unixSocket(path: parts.path))
            database = try Self.database(query["db"] ?? "")
        default:
            throw .invalidConfiguration("the scheme must be redis, rediss or unix")
        }
        username = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password
        if username != nil && password == nil { throw .invalidConfiguration("a user without a password") }
        if parts.scheme == "rediss" {
            tls = RedisTLS(
                authoritiesFile: query["ca_file"], serverName: query["server_name"],
                certificateFile: query["cert_file"], privateKeyFile: query["key_file"])
        }
    }

    private static func query(of parts: URLComponents) throws(RedisError) -> [String: String] {
        let known: Set<String> =
            switch parts.scheme {
            case "rediss": ["ca_file", "server_name", "cert_file", "key_file"]
            case "unix": ["db"]
            default: []
            }
        var items: [String: String] = [:]
        for item in parts.queryItems ?? [] {
            guard known.contains(item.name) else { throw .invalidConfiguration("an option it does not know") }
            items[item.name] = item.value
        }
        return items
    }

    private static func database(_ text: some StringProtocol) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), number >= 0 else {
            throw .invalidConfiguration("the database is not a number")
        }
        return number
    }
}
