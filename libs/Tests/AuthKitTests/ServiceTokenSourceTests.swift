import Foundation
import HTTPTypes
import PlatformTesting
import Testing

@testable import AuthKit

@Suite struct ServiceTokenSourceTests {
    let service = TestUserService()
    let clock = TestClock()

    func source(_ url: String, secret: String = "s", timeout: Duration = .seconds(60)) throws -> ServiceTokenSource {
        try ServiceTokenSource(
            url: url, clientID: "chat-service", secret: secret, scope: "identity:events users:read", timeout: timeout,
            clock: clock)
    }

    @Test func `the client says who it is as RFC 6749 has it`() async throws {
        try await service.run { [self] url in
            #expect(try await source(url + "/", secret: "a:b +ü%").token() == "token-1")
            let grant = try #require(service.grants.first)
            let credentials = try #require(Data(base64Encoded: String(grant.authorization.dropFirst(6))))
            #expect(grant.authorization.hasPrefix("Basic "))
            #expect(String(decoding: credentials, as: UTF8.self) == "chat-service:a%3Ab+%2B%C3%BC%25")
            #expect(grant.form == "grant_type=client_credentials&scope=identity%3Aevents+users%3Aread")
        }
    }

    @Test func `however many ask, there is one fetch, and one who leaves does not take it along`() async throws {
        try await service.run { [self] url in
            let source = try source(url)
            let (gate, opening) = AsyncStream<Never>.makeStream()
            service.set(gate: gate)
            let leaving = Task { try await source.token() }
            let asking = (0..<20).map { _ in Task { try await source.token() } }
            leaving.cancel()
            opening.finish()
            for task in asking { #expect(try await task.value == "token-1") }
            #expect(service.grants.count == 1)
        }
    }

    @Test func `a token is renewed before its end, and not much before`() async throws {
        try await service.run { [self] url in
            let source = try source(url)
            #expect(try await source.token() == "token-1")
            clock.advance(by: .seconds(239))
            #expect(try await source.token() == "token-1")
            clock.advance(by: .seconds(1))
            #expect(try await source.token() == "token-2")
        }
    }

    @Test func `while no new token is to be had the former does, as long as it lives`() async throws {
        try await service.run { [self] url in
            let source = try source(url)
            #expect(try await source.token() == "token-1")
            service.set(status: .serviceUnavailable)
            clock.advance(by: .seconds(299))
            #expect(try await source.token() == "token-1")
            #expect(try await source.token() == "token-1", "a second has not passed: nobody is asked")
            #expect(service.grants.count == 2)
            clock.advance(by: .seconds(1))
            let error = await #expect(throws: ServiceTokenSource.NoToken.self) { try await source.token() }
            #expect(error?.reason == "503 invalid_client" && service.grants.count == 3)
            service.set(status: .ok)
            await #expect(throws: ServiceTokenSource.NoToken.self) { try await source.token() }
            clock.advance(by: .seconds(1))
            #expect(try await source.token() == "token-4")
        }
    }

    @Test func `a token that was refused is not given out again, one that came since is`() async throws {
        try await service.run { [self] url in
            let source = try source(url)
            let first = try await source.token()
            source.drop(first)
            #expect(try await source.token() == "token-2")
            source.drop(first)
            #expect(try await source.token() == "token-2")
        }
    }

    @Test func `whoever sends elsewhere is not followed`() async throws {
        try await service.run { [self] url in
            service.set(status: .found)
            let error = await #expect(throws: ServiceTokenSource.NoToken.self) { try await source(url).token() }
            #expect(error?.reason.hasPrefix("302") == true)
        }
    }

    @Test func `an answer that does not come is given up`() async throws {
        try await service.run { [self] url in
            let (gate, opening) = AsyncStream<Never>.makeStream()
            defer { opening.finish() }
            service.set(gate: gate)
            await #expect(throws: ServiceTokenSource.NoToken.self) {
                try await source(url, timeout: .milliseconds(500)).token()
            }
        }
    }

    @Test func `no secret is in what is told of a failure`() async throws {
        let source = try source("http://127.0.0.1:1", secret: "hush-hush")
        let error = await #expect(throws: ServiceTokenSource.NoToken.self) { try await source.token() }
        #expect(error?.description.contains("hush") == false)
    }

    @Test(arguments: ["http://user-service", "ftp://x", "file:///etc/passwd", "", "user-service:8081"])
    func `secrets go over a network by HTTPS only, unless a mesh encrypts`(url: String) throws {
        #expect(throws: UnusableIdentityURL.self) { try source(url) }
        #expect(throws: UnusableIdentityURL.self) {
            try HTTPRevocationFeed(url: url, tokens: source("https://user.example"))
        }
        if url == "http://user-service" {
            _ = try ServiceTokenSource(url: url, clientID: "a", secret: "b", allowsPlaintext: true)
        }
    }
}
