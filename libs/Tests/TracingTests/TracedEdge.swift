import HTTPKit
import Hummingbird
import HummingbirdTesting
import Logging
import Tracing

struct TracedContext: EdgeContext {
    var coreContext: CoreRequestContextStorage
    var edge: EdgeState

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        edge = EdgeState(source: source)
    }
}

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The caller's, whose trace and span have digits of their own.
let callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
let callersSpan = "00f067aa0ba902b7"
let traceparent = "00-\(callersTrace)-\(callersSpan)-01"

/// Runs `body` with a client of `routes` behind an edge that `tracer` listens to.
func withEdge<Value>(
    _ tracer: RecordingTracer, _ options: EdgeOptions = EdgeOptions(), _ routes: (Router<TracedContext>) -> Void,
    _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Value
) async throws -> Value {
    let router = Router(context: TracedContext.self)
    routes(router)
    let application = withTracer(tracer) {
        Application(
            responder: router.edge(options), server: .edge(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)), logger: silent)
    }
    return try await application.test(.live) { try await body($0) }
}
