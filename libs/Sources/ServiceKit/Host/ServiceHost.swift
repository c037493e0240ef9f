import Foundation
public import HTTPKit
public import Hummingbird
public import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle
import UnixSignals

/// Runs one service: its background services, the operations port and the public port, until SIGTERM or SIGINT.
///
/// Starts in the order background, operations, public, so that nothing is served before what it needs runs. Stops in
/// the reverse order: `/readyz` says no, the public port ends what is under way and closes, then the background
/// services, the operations port last. Whatever has not stopped after the grace is cancelled, and a second before the
/// grace is over the process exits even if something ignores that.
public struct ServiceHost: Sendable {
    private let boot: Boot
    private let common: CommonSettings
    private let checks: [HealthCheck]
    private let services: [any Service]
    /// Nil for what serves nobody and has the operations port alone.
    private let makePublic: (@Sendable (Readiness, Logger) -> any Service)?

    /// Every route of both ports with who may call it.
    public let table: AccessTable

    /// - Parameters:
    ///   - routes: those of the public port.
    ///   - server: another builder than plain HTTP, such as WebSocketKit's.
    ///   - checks: what `/readyz` asks.
    ///   - services: run as long as the host does, in this order: drivers first.
    public init(
        _ boot: Boot, common: CommonSettings, routes: AccessRouter<some EdgeContext>,
        server: HTTPServerBuilder = .edge(), checks: [HealthCheck] = [], services: [any Service] = []
    ) {
        self.init(
            boot, common: common, routes: routes, wrapped: { $0 }, server: server, checks: checks, services: services)
    }

    /// - Parameter wrapped: what is to see every request before the edge does.
    public init<Context: EdgeContext, Responder: HTTPResponder>(
        _ boot: Boot, common: CommonSettings, routes: AccessRouter<Context>,
        wrapped: (EdgeResponder<Context>) -> Responder, server: HTTPServerBuilder = .edge(),
        checks: [HealthCheck] = [], services: [any Service] = []
    ) where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        self.boot = boot
        self.common = common
        self.checks = checks
        self.services = services
        table = routes.table + OperationsRoutes(boot, Readiness(checks: checks)).routes().table
        let responder = wrapped(routes.edge(common.edge))
        makePublic = { readiness, logger in
            Listener(
                name: "public", host: common.host, port: common.port, responder: responder, server: server,
                logger: logger, onListening: readiness.serve)
        }
    }

    /// Without a public port, for what works off what others left to it: ready once the operations port listens.
    public init(worker boot: Boot, common: CommonSettings, checks: [HealthCheck] = [], services: [any Service] = []) {
        self.boot = boot
        self.common = common
        self.checks = checks
        self.services = services
        table = OperationsRoutes(boot, Readiness(checks: checks)).routes().table
        makePublic = nil
    }

    /// Returns after an orderly stop. Fails: `ListenError` when a port cannot be had, or what a service threw.
    public func run() async throws {
        let readiness = Readiness(checks: checks)
        let routes = OperationsRoutes(boot, readiness).routes()
        let isReadyByIt = makePublic == nil
        let operations = Listener(
            name: "operations", host: common.operationsHost, port: common.operationsPort,
            responder: routes.edge(EdgeOptions(problemTypeBase: common.problemBaseURL, countsRequests: false)),
            server: .edge(), logger: boot.logger, onListening: { if isReadyByIt { readiness.serve() } })
        let deadline = StopDeadline()
        let stop = DrainService(
            readiness: readiness, grace: common.shutdownGrace, deadline: deadline, logger: boot.logger)
        var parts = services
        parts.append(operations)
        if let makePublic { parts.append(makePublic(readiness, boot.logger)) }
        parts.append(stop)
        var configuration = ServiceGroupConfiguration(
            services: parts, gracefulShutdownSignals: [.sigterm, .sigint], logger: boot.logger)
        configuration.maximumGracefulShutdownDuration = common.shutdownGrace * 0.7
        defer {
            deadline.met()
            LogSink.standardError.flush()
        }
        try await ServiceGroup(configuration: configuration).run()
        boot.logger.info("stopped")
    }
}

/// Last to start and first to stop: turns `/readyz` to no and starts the countdown.
private struct DrainService: Service {
    let readiness: Readiness
    let grace: Duration
    let deadline: StopDeadline
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        readiness.drain()
        logger.info("stopping")
        deadline.start(grace - .milliseconds(500), logger)
    }
}
