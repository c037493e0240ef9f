import Crypto
import DomainKit
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

/// `Idempotency-Key` on the routes of a group (draft-ietf-httpapi-idempotency-key-header).
///
/// Same key and content: the first answer again, with `Idempotency-Replayed: true`. Other content: 422. Still running:
/// 409. Only successes are kept: a failed call changed nothing and may be tried again. Without the field a request
/// passes as it is. Stands after the token check, as keys are kept per caller.
///
/// ```swift
/// group.add(middleware: IdempotencyMiddleware(store: store))
/// ```
public struct IdempotencyMiddleware<Context: EdgeContext>: RouterMiddleware {
    /// What makes two calls the same.
    public enum Content: Sendable {
        /// The body, which is read whole to be compared; beyond `limit` bytes 413.
        case body(limit: Int)
        /// These fields, for calls whose body is too large to be read twice.
        case fields([HTTPField.Name])
    }

    private let store: any IdempotencyStore
    private let content: Content
    private let lease: Duration
    private let keep: Duration

    /// - Parameters:
    ///   - content: what makes two calls the same.
    ///   - lease: how long a call may run before another one with its key may begin.
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
        let fingerprint = IdempotencyField.fingerprint(path: request.uri.path, body: compared)
        switch try await store.claim(key, fingerprint: fingerprint, lease: lease, keep: keep) {
        case .done(let answer): return answer.response(isReplay: true)
        case .running: throw Failure.idempotentCallRunning
        case .mismatch: throw Failure.idempotencyKeyReused
        case .fresh(let token): return try await run(request, context, key, token, next)
        }
    }

    private func compared(_ request: inout Request) async throws -> ByteBuffer {
        switch content {
        case .body(let limit):
            let body = try await request.collect(limit: limit)
            request.body = RequestBody(buffer: body)
            return body
        case .fields(let names):
            return ByteBuffer(string: names.map { request.headers[$0] ?? "" }.joined(separator: "\n"))
        }
    }

    private func run(
        _ request: Request, _ context: Context, _ key: IdempotencyKey, _ token: String,
        _ next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response: Response
        do {
            response = try await next(request, context)
        } catch {
            await settle(context) { try await store.abandon(key, token: token) }
            throw error
        }
        guard response.status.kind == .successful else {
            await settle(context) { try await store.abandon(key, token: token) }
            return response
        }
        let answer = try await StoredAnswer(response)
        await settle(context) { try await store.complete(key, token: token, answer: answer) }
        return answer.response(isReplay: false)
    }

    /// Tells the store how the call ended, in a task of its own: the caller's going away must not leave it running.
    /// When the store fails the answer stands all the same; repeats then get 409 until the lease ends.
    private func settle(_ context: Context, _ body: @escaping @Sendable () async throws -> Void) async {
        do {
            try await Task { try await body() }.value
        } catch {
            context.logger.warning("idempotency key not settled", metadata: ["error": "\(String(reflecting: error))"])
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
    static func fingerprint(path: String, body: ByteBuffer) -> String {
        var hash = SHA256()
        hash.update(data: Array(path.utf8))
        hash.update(data: [0])
        body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        return hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
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
