import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore

/// The operations port: for the cluster and the people who run it, never for clients.
///
/// `/livez` 200 while the process runs. `/readyz` 200, or a 503 problem that names what is down. `/metrics`
/// Prometheus text. `/version` what runs here.
struct OperationsRoutes: Sendable {
    let identity: LogIdentity
    let readiness: Readiness
    let metrics: PrometheusRegistry

    func router() -> Router<OperationsContext> {
        let router = Router(context: OperationsContext.self)
        router.get("/livez") { _, _ in JSONResponse(.ok, StatusBody(status: "ok")) }
        router.get("/readyz") { _, _ in
            try await checkReadiness()
            return JSONResponse(.ok, StatusBody(status: "ok"))
        }
        router.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text())))
        }
        router.get("/version") { _, _ in
            JSONResponse(.ok, VersionBody(service: identity.service, version: identity.version))
        }
        return router
    }

    private func checkReadiness() async throws {
        switch readiness.phase {
        case .starting: throw Failure(.unavailable, code: "platform.starting", message: "This replica is starting.")
        case .draining: throw Failure(.unavailable, code: "platform.draining", message: "This replica is stopping.")
        case .serving: break
        }
        let failures = await readiness.failures()
        guard !failures.isEmpty else { return }
        throw Failure(
            .unavailable, code: "platform.not-ready",
            message: "Not ready: \(failures.map(\.name).joined(separator: ", ")).",
            violations: failures.map { Violation(pointer: "/checks/\($0.name)", code: "down", detail: $0.reason) })
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
