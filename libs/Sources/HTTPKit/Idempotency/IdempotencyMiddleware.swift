import Crypto
import DomainKit
import Encodings
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

/// `Idempotency-Key` on the routes of a group (draft-ietf-httpapi-idempotency-key-header).
///
/// Same key and content: the first answer again, with `Idempotency-Replayed: true`. Other content: 422. Still running:
/// 409. Only successes are kept: a refused call changed nothing and may be tried again. Without the field a request
/// passes as it is. Stands after the token check, as keys are kept per caller.
///
/// A process may end between what a call did and the keeping of its answer. So a call gets `context.effectID`, which
/// stays the same over all its repeats: what makes something uses it as the id of that, and answers with what is there
/// already when there is something.
///
/// ```swift
/// routes.with(IdempotencyMiddleware(store: store)).post("/v1/rooms", .token) { request, context in
///     try await create(body, id: context.effectID ?? ids.random())
/// }
/// ```
public struct IdempotencyMiddleware<Context: EdgeContext>: RouterMiddleware {
    /// What makes two calls the same.
    public enum Content: Sendable {
        /// The body, which is read whole to be compared; beyond `limit` bytes 413.
        case body(limit: Int)
        /// These fields, for calls whose body is too large to be read twice; those of the second list count only where they
        /// are sent, so that calls without them stay what they were before anybody asked for them.
        case fields([HTTPField.Name], alsoIfSent: [HTTPField.Name] = [])
    }

    private let store: any IdempotencyStore
    private let content: Content
    private let lease: Duration
    private let keep: Duration

    /// - Parameters:
    ///   - content: what makes two calls the same.
    ///   - lease: how long after the death of a call's process another one with its key may begin. Renewed every third
    ///     of it as long as the call runs.
    public init(
        store: any IdempotencyStore, content: Content = .body(limit: Request.defaultBodyLimit),
        lease: Duration = .seconds(60), keep: Duration = .seconds(86_400)
    ) {
        self.store = store
        self.content = content
        self.lease = lease
        self.keep = keep
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard request.method == .post, let field = request.headers[.idempotencyKey] else {
            return try await next(request, context)
        }
        var request = request
        let compared = try await compared(&request)
        let key = IdempotencyKey(
            caller: context.callerID ?? "address \(context.clientAddress)",
            route: "\(request.method.rawValue) \(context.endpointPath ?? request.uri.path)",
            key: try IdempotencyField.key(field))
        let fingerprint = IdempotencyField.fingerprint(
            path: request.uri.path, query: request.uri.query, body: compared)
        switch try await store.claim(key, fingerprint: fingerprint, lease: lease, keep: keep) {
        case .done(let answer): return answer.response(isReplay: true)
        case .running: throw Failure.idempotentCallRunning
        case .mismatch: throw Failure.idempotencyKeyReused
        case .fresh(let hold):
            return try await run(request, context, IdempotentCall(key, hold, lease, store, context.logger), next)
        }
    }

    private func compared(_ request: inout Request) async throws -> ByteBuffer {
        switch content {
        case .body(let limit):
            let body = try await request.collect(limit: limit)
            request.body = RequestBody(buffer: body)
            return body
        case .fields(let names, let others):
            let values = names.map { request.headers[$0] ?? "" }
            let sent = others.compactMap { name in request.headers[name].map { "\(name.canonicalName): \($0)" } }
            return ByteBuffer(string: (values + sent).joined(separator: "\n"))
        }
    }

    private func run(
        _ request: Request, _ context: Context, _ call: IdempotentCall,
        _ next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.edge.effectID = call.hold.effectID
        do {
            let response = try await next(request, context)
            guard response.status.kind == .successful else {
                await call.end(changedNothing: response.status.code < 500)
                return response
            }
            let answer = try await StoredAnswer(response)
            await call.end(with: answer)
            return answer.response(isReplay: false)
        } catch {
            await call.end(changedNothing: error.isRefusal)
            throw error
        }
    }
}

extension Error {
    /// Whether it says for sure that nothing was changed. A lost connection, a time-out or a caller's going away may have
    /// come after the change.
    fileprivate var isRefusal: Bool {
        switch self {
        case let failure as Failure: failure.kind != .unavailable && failure.kind != .fault
        case let wrapped as FailureWithFields: wrapped.failure.isRefusal
        case let http as any HTTPResponseError: http.status.code < 500
        default: false
        }
    }
}

enum IdempotencyField {
    /// 1 to 255 visible ASCII characters, quoted as a structured string or bare.
    static func key(_ field: String) throws(Failure) -> String {
        var key = field.trimmingSpace[...]
        if key.utf8.count >= 2, key.first == "\"", key.last == "\"" { key = key.dropFirst().dropLast() }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalid([
                Violation(
                    pointer: "header:Idempotency-Key", code: "not-acceptable",
                    detail: "A key has 1 to 255 visible ASCII characters.")
            ])
        }
        return String(key)
    }

    /// SHA-256 of what was asked for, in hexadecimal.
    static func fingerprint(path: String, query: String?, body: ByteBuffer) -> String {
        var hash = SHA256()
        hash.update(data: Array(path.utf8))
        if let query, !query.isEmpty { hash.update(data: Array("?\(query)".utf8)) }
        hash.update(data: [0])
        body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        return Hexadecimal.encode(hash.finalize())
    }
}

extension Failure {
    static let idempotentCallRunning = Failure(
        .conflict, code: "platform.idempotency-running",
        message: "A call with this Idempotency-Key is still being handled.", retryAfter: .seconds(1))

    static let idempotencyKeyReused = Failure(
        .unprocessable, code: "platform.idempotency-mismatch",
        message: "This Idempotency-Key was used for a call with another content.")
}
