import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PlatformTesting
import ServiceKit
import ServiceLifecycle
import Synchronization

struct TestContext: EdgeContext {
    var coreContext: CoreRequestContextStorage
    var edge: EdgeState

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        edge = EdgeState(source: source)
    }
}

struct TestConfig: ServiceConfiguration {
    let common: CommonSettings

    init(from settings: inout SettingsReader) {
        common = CommonSettings(from: &settings, port: 1, operationsPort: 2)
    }
}

/// A running service with its two ports.
struct TestService: Sendable {
    let port: Int
    let operationsPort: Int
    let metrics: PrometheusRegistry
    let stop: @Sendable () async -> Void
    /// Returns when `run` has returned.
    let ended: @Sendable () async throws -> Void

    /// Runs `body` beside a service, which is stopped afterwards.
    static func run(
        checks: [HealthCheck] = [], grace: Int = 10,
        routes: @escaping @Sendable (AccessRouter<TestContext>) -> Void = { _ in },
        _ body: @escaping @Sendable (TestService) async throws -> Void
    ) async throws {
        let (port, operationsPort) = (try FreePort.find(), try FreePort.find())
        let config = try Settings.load(
            TestConfig.self,
            from: SettingsSource(environment: [
                "PORT": "\(port)", "OPERATIONS_PORT": "\(operationsPort)", "SHUTDOWN_GRACE_SECONDS": "\(grace)",
                "LOG_LEVEL": "critical",
            ])
        ).configuration
        let router = AccessRouter<TestContext> { _ in nil }
        routes(router)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let boot = Boot(service: "test-service", version: "1.2.3", logger: logger)
        let host = ServiceHost(
            boot, common: config.common, routes: router, checks: checks)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [HostService(host: host)], logger: logger))
        let running = Task { try await group.run() }
        let service = TestService(
            port: port, operationsPort: operationsPort, metrics: boot.metrics,
            stop: { await group.triggerGracefulShutdown() }, ended: { try await running.value })
        do {
            try await service.answers(on: operationsPort, "/livez")
            try await service.answers(on: port, "/")
            try await body(service)
        } catch {
            await group.triggerGracefulShutdown()
            try? await running.value
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
    }

    private struct HostService: Service {
        let host: ServiceHost
        func run() async throws { try await host.run() }
    }

    /// Status and body of a GET.
    func get(_ path: String, on port: Int) async throws -> (status: Int, body: String) {
        let connection = try RawConnection(port: port)
        await connection.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let answer = await connection.read()
        let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let body = answer.range(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
        return (status, body)
    }

    private func answers(on port: Int, _ path: String) async throws {
        try await eventually("an answer from \(path)") { try await get(path, on: port) }
    }
}
