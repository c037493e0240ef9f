import Foundation
import NIOCore
import PlatformTesting
import Redis
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisSecurityTests {
    @Test func `the right password lets in, a wrong or missing one does not`() async throws {
        var options = TestRedis.Options()
        options.password = "p@ss:word/"
        options.users = ["app on >secret ~* &* +@all"]
        let server = try await TestRedis.start(options)
        try await withClient(server.configuration) { try await $0.ping() }

        var user = server.configuration
        (user.username, user.password) = ("app", "secret")
        let name = try await withClient(user) { try await $0.send("ACL", "WHOAMI").stringValue }
        #expect(name == "app")

        for password in ["wrong", nil] {
            var configuration = server.configuration
            configuration.password = password
            try await withClient(configuration) { redis in
                let error = await failure { try await redis.ping() }
                guard case .authenticationFailed(let message) = error else {
                    return #expect(Bool(false), "\(String(describing: error))")
                }
                #expect(error?.isUnavailable == true && !message.contains("wrong "))
            }
        }
    }

    @Test func `the database of the URL is the one used`() async throws {
        let url = try await TestRedis.shared().url
        let five = try RedisConfiguration(url: url + "/5")
        try await withClient(five) { _ = try await $0.set("security:five", to: "5") }
        let seenInZero = try await withClient(RedisConfiguration(url: url)) { try await $0.get("security:five") }
        let seenInFive = try await withClient(five) { try await $0.get("security:five") }
        #expect(seenInZero == nil && seenInFive == ByteBuffer(string: "5"))
        try await withClient(RedisConfiguration(url: url + "/99")) { redis in
            let refusal = await failure { try await redis.ping() }
            #expect(refusal?.isUnavailable == true)
        }
    }

    @Test func `commands and messages travel encrypted to a server we trust, and to no other`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "redis-tls-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try certificate(folder + "/server", address: "127.0.0.1")
        try certificate(folder + "/stranger", address: "127.0.0.1")
        try certificate(folder + "/elsewhere", address: "127.0.0.2")
        var options = TestRedis.Options()
        options.password = "secret"
        options.tls = (folder + "/server.crt", folder + "/server.key", folder + "/server.crt")
        let server = try await TestRedis.start(options)

        try await withClient(RedisConfiguration(url: "\(server.url)?ca_file=\(folder)/server.crt")) { redis in
            let messages = Inbox<RedisMessage>()
            let subscriber = redis.subscriber { messages.add($0) }
            try await subscriber.subscribe(.channel("tls"))
            let value = ByteBuffer(repeating: 1, count: 3 << 20)
            try await redis.set("tls:value", to: value)
            #expect(try await redis.get("tls:value") == value)
            try await redis.publish(value, to: "tls")
            try await until { messages.all.map(\.payload) == [value] }
            subscriber.close()
        }
        for authorities in ["?ca_file=\(folder)/stranger.crt", "?ca_file=\(folder)/none.crt", ""] {
            try await withClient(RedisConfiguration(url: server.url + authorities)) { redis in
                let error = await failure { try await redis.ping() }
                #expect(error != nil && error?.isOutcomeUnknown == false)
            }
        }
        var options2 = options
        options2.tls = (folder + "/elsewhere.crt", folder + "/elsewhere.key", folder + "/elsewhere.crt")
        let elsewhere = try await TestRedis.start(options2)
        try await withClient(elsewhere.configuration) { redis in
            let refusal = await failure { try await redis.ping() }
            #expect(refusal?.isUnavailable == true, "the name must fit, too")
        }
    }

    /// A certificate that is its own authority: `path.crt` and `path.key`.
    private func certificate(_ path: String, address: String) throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=test", "-addext", "subjectAltName=IP:\(address)", "-keyout", path + ".key", "-out",
            path + ".crt",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0, "openssl makes a certificate")
    }
}
