import Redis
import Testing

@Suite struct RedisURLTests {
    @Test func `the parts of a URL become the configuration`() throws {
        let plain = try RedisConfiguration(url: "redis://127.0.0.1:16379")
        #expect(plain.address == .host("127.0.0.1", port: 16379))
        #expect(plain.username == nil && plain.password == nil && plain.tls == nil && plain.database == 0)

        let full = try RedisConfiguration(url: "rediss://app:p%40ss@cache.example.com/3?ca_file=/etc/ca.pem")
        #expect(full.address == .host("cache.example.com", port: 6379))
        #expect(full.username == "app" && full.password == "p@ss" && full.database == 3)
        #expect(full.tls == RedisTLS(authoritiesFile: "/etc/ca.pem"))

        #expect(try RedisConfiguration(url: "redis://:secret@[::1]:6380").address == .host("::1", port: 6380))
        #expect(try RedisConfiguration(url: "redis://:secret@[::1]:6380").password == "secret")
        #expect(
            try RedisConfiguration(url: "unix:///run/redis.sock?db=2").address == .unixSocket(path: "/run/redis.sock"))
    }

    @Test(arguments: [
        "", "127.0.0.1:6379", "http://host", "redis://", "redis://host:0", "redis://host/x", "redis://host/-1",
        "redis://user@host", "redis://host?tls=yes", "rediss://host?ca=/x", "unix://",
    ])
    func `what cannot be meant is refused`(url: String) {
        #expect {
            try RedisConfiguration(url: url)
        } throws: { error in
            if case .invalidConfiguration = error as? RedisError { true } else { false }
        }
    }

    @Test(arguments: [
        "redis://u:hunter2@hunter2/hunter2", "redis://:hunter2@host:0", "redis://:hunter2@hunter2?hunter2=1",
        "http://hunter2@hunter2", "redis://hunter2@host", "redis://u:hunter2@[host",
    ])
    func `an error repeats nothing of the URL`(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error.map { !"\($0)".contains("hunter2") } == true)
    }

    @Test(arguments: [
        "rediss://user:hunter2@127.0.0.1:1/2?ca_file=/hunter2&server_name=hunter2",
        "redis://:hunter2@hunter2.invalid", "unix:///hunter2", "redis://:hunter2@127.0.0.1:1",
    ])
    func `neither a configuration nor a failed connection shows what it was made of`(url: String) async throws {
        let configuration = try RedisConfiguration(url: url)
        var told = "\(configuration)" + String(reflecting: configuration)
        dump(configuration, to: &told)
        told += try await withClient(configuration) { redis in
            "\(String(describing: await failure { try await redis.ping() }))"
        }
        #expect(!told.contains("hunter2") && !told.contains("127.0.0.1"))
    }
}
