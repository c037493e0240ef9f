import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import Logging
import PlatformTesting
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct ServiceHostTests {
    private struct Down: Error, CustomStringConvertible {
        let description = "connection refused"
    }

    @Test func `the operations port tells that it lives, is ready, and what it is`() async throws {
        try await TestService.run(checks: [HealthCheck("postgres") {}]) { service in
            #expect(try await service.get("/livez", on: service.operationsPort).status == 200)
            #expect(try await service.get("/readyz", on: service.operationsPort).status == 200)
            let version = try await service.get("/version", on: service.operationsPort)
            #expect(version.body == #"{"service":"test-service","version":"1.2.3"}"#)
            let metrics = try await service.get("/metrics", on: service.operationsPort)
            #expect(metrics.status == 200 && metrics.body.contains("process_start_time_seconds"))
        }
    }

    @Test func `none of it is on the public port`() async throws {
        try await TestService.run { service in
            for path in ["/livez", "/readyz", "/metrics", "/version"] {
                let answer = try await service.get(path, on: service.port)
                #expect(answer.status == 404)
            }
        }
    }

    @Test func `readiness names what is down, and comes back by itself`() async throws {
        let isDown = SharedFlag(true)
        let checks = [
            HealthCheck("postgres") { if isDown.value { throw Down() } }, HealthCheck("redis") {},
        ]
        try await TestService.run(checks: checks) { service in
            let down = try await service.get("/readyz", on: service.operationsPort)
            #expect(down.status == 503)
            #expect(down.body.contains("platform.not-ready"))
            #expect(down.body.contains("/checks/postgres") && down.body.contains("connection refused"))
            #expect(!down.body.contains("/checks/redis"))
            #expect(try await service.get("/livez", on: service.operationsPort).status == 200)
            isDown.value = false
            #expect(try await service.get("/readyz", on: service.operationsPort).status == 200)
        }
    }

    @Test func `what only makes things slower leaves a replica ready, and is named`() async throws {
        let isPostgresDown = SharedFlag(false)
        let checks = [
            HealthCheck("postgres") { if isPostgresDown.value { throw Down() } },
            HealthCheck("redis", .helpful) { throw Down() },
        ]
        try await TestService.run(checks: checks) { service in
            let degraded = try await service.get("/readyz", on: service.operationsPort)
            #expect(degraded.status == 200)
            #expect(degraded.body.contains(#""status":"degraded""#) && degraded.body.contains(#""name":"redis""#))
            isPostgresDown.value = true
            let down = try await service.get("/readyz", on: service.operationsPort)
            #expect(down.status == 503)
            #expect(down.body.contains("Not ready: postgres."))
            #expect(down.body.contains("/checks/redis"))
        }
    }

    @Test func `a check that hangs is down at its time-out, even if it ignores its cancellation`() async throws {
        let release = AsyncStream<Void>.makeStream()
        let hang = HealthCheck("redis", timeout: .milliseconds(50)) {
            await Task.detached { for await _ in release.stream {} }.value  // not cancelled with its caller
        }
        // An answer at all shows it: the check ends only below.
        let reason = await hang.run()
        #expect(reason?.contains("no answer within") == true)
        release.continuation.finish()
    }

    @Test func `a stop lets what is under way end, while readiness says no`() async throws {
        let entered = AsyncStream<Void>.makeStream()
        let release = AsyncStream<Void>.makeStream()
        try await TestService.run(
            checks: [],
            routes: { router in
                router.get("/slow", .open) { _, _ in
                    entered.continuation.yield()
                    for await _ in release.stream {}
                    return Response(status: .noContent)
                }
            },
            { service in
                async let slow = service.get("/slow", on: service.port)
                for await _ in entered.stream { break }
                await service.stop()
                var ready = try await service.get("/readyz", on: service.operationsPort)
                while ready.status == 200 { ready = try await service.get("/readyz", on: service.operationsPort) }
                #expect(ready.status == 503 && ready.body.contains("platform.draining"))
                release.continuation.finish()
                #expect(try await slow.status == 204)
                try await service.ended()
            })
    }

    @Test func `a stuck request and an idle connection do not hold up a stop`() async throws {
        let entered = AsyncStream<Void>.makeStream()
        // That it ends at all shows it: the handler waits for what never comes.
        try await TestService.run(
            grace: 3,
            routes: { router in
                router.get("/stuck", .open) { _, _ in
                    entered.continuation.yield()
                    for await _ in AsyncStream<Never>.makeStream().stream {}
                    return Response(status: .noContent)
                }
            },
            { service in
                let idle = try RawConnection(port: service.port)
                await idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = await idle.read(until: "}")
                let stuck = try RawConnection(port: service.port)
                await stuck.send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")
                for await _ in entered.stream { break }
                await service.stop()
                try await service.ended()
            })
    }

    @Test func `a host tells the routes of both ports`() throws {
        let config = try Settings.load(TestConfig.self, from: SettingsSource(environment: [:])).configuration
        let routes = AccessRouter<TestContext> { _ in nil }
        routes.get("/v1/me", .token) { _, _ in Response(status: .ok) }
        let boot = Boot(service: "test-service", version: "1.2.3", logger: quiet())
        #expect(
            ServiceHost(boot, common: config.common, routes: routes).table.text == """
                internal               GET     /livez
                internal               GET     /metrics
                internal               GET     /readyz
                token                  GET     /v1/me
                internal               GET     /version

                """)
    }

    @Test func `a port in use is one clear line`() async throws {
        try await TestService.run { service in
            let port = service.port
            let other = Listener(
                name: "public", host: "127.0.0.1", port: port,
                responder: Router(context: TestContext.self).edge(), server: .edge(), logger: quiet())
            let error = await #expect(throws: ListenError.self) { try await other.run() }
            #expect(
                error?.description
                    == "cannot listen on 127.0.0.1:\(port) (public port): the port is in use by another process")
        }
    }

    @Test func `a replica that does not listen yet is not ready, and one that stops stays so`() {
        let readiness = Readiness(checks: [])
        #expect(readiness.phase == .starting)
        readiness.serve()
        #expect(readiness.phase == .serving)
        readiness.drain()
        readiness.serve()
        #expect(readiness.phase == .draining)
    }

    private func quiet() -> Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

/// A flag two tasks share.
private final class SharedFlag: Sendable {
    private let box: Mutex<Bool>

    init(_ initial: Bool) {
        box = Mutex(initial)
    }

    var value: Bool {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }
}
