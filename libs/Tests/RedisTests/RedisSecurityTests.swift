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

    @Test func `nothing older than TLS 1.2 is spoken`() async throws {
        let certificate = try TestCertificate(address: "127.0.0.1")
        var options = TestRedis.Options()
        options.tls = (certificate.file, certificate.keyFile, certificate.file)
        // Without the lower level of security OpenSSL itself would speak none of it.
        let old = ["--tls-ciphers", "DEFAULT:@SECLEVEL=0", "--tls-protocols"]
        for (protocols, isSpoken) in [("TLSv1.1", false), ("TLSv1.2", true), ("TLSv1.3", true)] {
            options.arguments = old + [protocols]
            let server = try await TestRedis.start(options)
            let error = try await withClient(server.configuration) { redis in await failure { try await redis.ping() } }
            #expect((error == nil) == isSpoken, "\(protocols): \(String(describing: error))")
        }
    }

    @Test func `commands and messages travel encrypted to a server we trust, and to no other`() async throws {
        let certificate = try TestCertificate(address: "127.0.0.1")
        let stranger = try TestCertificate(address: "127.0.0.1")
        let elsewhere = try TestCertificate(address: "127.0.0.2")
        var options = TestRedis.Options()
        options.password = "secret"
        options.tls = (certificate.file, certificate.keyFile, certificate.file)
        let server = try await TestRedis.start(options)

        try await withClient(RedisConfiguration(url: "\(server.url)?ca_file=\(certificate.file)")) { redis in
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
        for authorities in ["?ca_file=\(stranger.file)", "?ca_file=\(stranger.file).none", ""] {
            try await withClient(RedisConfiguration(url: server.url + authorities)) { redis in
                let error = await failure { try await redis.ping() }
                #expect(error != nil && error?.isOutcomeUnknown == false)
            }
        }
        var options2 = options
        options2.tls = (elsewhere.file, elsewhere.keyFile, elsewhere.file)
        let misnamed = try await TestRedis.start(options2)
        try await withClient(misnamed.configuration) { redis in
            let refusal = await failure { try await redis.ping() }
            #expect(refusal?.isUnavailable == true, "the name must fit, too")
        }
    }
}
