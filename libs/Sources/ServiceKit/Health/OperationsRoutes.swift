import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore

/// The operations port: for the cluster and the people who run it, never for clients.
///
/// `/livez` 200 while the process runs. `/readyz` a 503 problem that names what is down and cannot be done without; else
/// 200, which names what is down and only makes things slower or later. `/metrics` Prometheus text. `/version` what
/// runs here.
struct OperationsRoutes: Sendable {
    let identity: LogIdentity
    let readiness: Readiness
    let metrics: PrometheusRegistry

    init(_ boot: Boot, _ readiness: Readiness) {
        identity = boot.identity
        metrics = boot.metrics
        self.readiness = readiness
    }

    /// All of them internal: nobody is asked who calls, so nothing else may be on this port.
    func routes() -> AccessRouter<OperationsContext> {
        let routes = AccessRouter<OperationsContext> { access in
            precondition(access == .internal, "on the operations port nobody keeps strangers out")
            return nil
        }
        routes.get("/livez", .internal) { _, _ in JSONResponse(.ok, StatusBody(status: "ok")) }
        routes.get("/readyz", .internal) { _, _ in
            JSONResponse(.ok, ReadyBody(degraded: try await checkReadiness()))
        }
        routes.get("/metrics", .internal) { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text())))
        }
        routes.get("/version", .internal) { _, _ in
            JSONResponse(.ok, VersionBody(service: identity.service, version: identity.version))
        }
        return routes
    }

    /// What is down that others can do without. Fails: unavailable, with everything that is down.
    private func checkReadiness() async throws -> [FailedCheck] {
        switch readiness.phase {
        case .starting: throw Failure(.unavailable, code: "platform.starting", message: "This replica is starting.")
        case .draining: throw Failure(.unavailable, code: "platform.draining", message: "This replica is stopping.")
        case .serving: break
        }
        let failures = await readiness.failures()
        let stopping = failures.filter { $0.check.need == .required }
        guard !stopping.isEmpty else { return failures }
        throw Failure(
            .unavailable, code: "platform.not-ready",
            message: "Not ready: \(stopping.map(\.check.name).joined(separator: ", ")).",
            violations: failures.map { failure in
                Violation(
                    pointer: "/checks/\(failure.check.name)",
                    code: failure.check.need == .required ? "down" : "degraded", detail: failure.reason)
            })
    }
}

struct OperationsContext: EdgeContext {
    var coreContext: CoreRequestContextStorage
    var edge: EdgeState

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        edge = EdgeState(source: source)
    }
}

private struct StatusBody: JSONWritable {
    let status: String

    func write(to json: inout JSONWriter) {
        json.object { $0.member("status", status) }
    }
}

private struct ReadyBody: JSONWritable {
    let degraded: [FailedCheck]

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("status", degraded.isEmpty ? "ok" : "degraded")
            if !degraded.isEmpty {
                $0.member(
                    "degraded",
                    array: { list in
                        for failure in degraded { list.element(failure) }
                    })
            }
        }
    }
}

extension FailedCheck: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", check.name)
            $0.member("reason", reason)
        }
    }
}

private struct VersionBody: JSONWritable {
    let service: String
    let version: String

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("service", service)
            $0.member("version", version)
        }
    }
}
