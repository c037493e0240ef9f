import AsyncHTTPClient
import AWSSigning
import Encodings
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ObjectStorage
import Synchronization
import Timing

/// Sends requests to one bucket, each signed anew, and sends those again that may well succeed later.
///
/// Every request it is given may be sent twice, as the store puts whole objects and parts in the place of what is there. Who
/// asks for what can only happen once (completing an upload) looks at what there is when the second answer says no.
struct S3Client: Sendable {
    let address: S3Address
    let credentials: any AWSCredentialsProvider
    let clock: S3Clock
    let time: StoreTime
    /// All pauses between the tries of one request together.
    var patience: Duration
    let logger: Logger
    let signer: RequestSigner
    let conditions = KnownConditions()

    /// More than a thousand keys of the longest form take.
    private static let largestAnswer = 8 << 20

    /// Follows no redirects and lives as long as the process. Knows nothing of traces: its spans would tell keys.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(60), write: .seconds(30))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        // S3 ends idle connections itself, some after 20 s.
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.tracing.tracer = nil
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The answer to `call`, read whole. An error inside of a success is an error.
    func answer(to call: S3Call) async throws -> S3Answer {
        try await perform(call) { response in
            let body = call.method == .HEAD ? ByteBuffer() : try await response.body.collect(upTo: Self.largestAnswer)
            return try S3Answer(response, body)
        }
    }

    /// The answer to `call` once it begins; its body comes as it is read.
    func open(_ call: S3Call) async throws -> HTTPClientResponse {
        try await perform(call) { $0 }
    }

    private func perform<Value: Sendable>(
        _ call: S3Call, _ read: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        var tries = Tries(patience)
        while true {
            do {
                let value = try await attempt(call, read)
                S3Metrics.count(call.operation, "ok", since: start)
                return value
            } catch let fault as S3Fault {
                if case .refused(let refusal) = fault {
                    if refusal.code == call.meansNone { throw S3None() }
                    if call.condition != nil, refusal.isOfUnknownRequest, conditions.forget() {
                        logger.notice("the object store knows no conditional writes: who completes last counts")
                        continue
                    }
                }
                if let pause = pause(after: fault, of: call, &tries) {
                    S3Metrics.countRetry(call.operation, fault.kind)
                    try await clock.sleep(pause)
                    continue
                }
                S3Metrics.count(call.operation, fault.kind, since: start)
                throw fault.error(of: call, in: address.bucket)
            }
        }
    }

    /// Nil when it is not to be tried again.
    private func pause(after fault: S3Fault, of call: S3Call, _ tries: inout Tries) -> Duration? {
        if case .streamed(let body) = call.body, body.isSpent { return nil }
        if case .refused(let refusal) = fault, refusal.isOfTime(time.now) {
            guard let theirs = refusal.time, let seconds = time.learn(theirs) else { return nil }
            logger.error(
                "the clock differs from the object store's, which is used for signatures",
                metadata: ["seconds_behind": "\(Int(clamping: Int64(seconds)))"])
            return .zero
        }
        return fault.passes ? tries.next() : nil
    }

    private func attempt<Value: Sendable>(
        _ call: S3Call, _ read: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let request = try await request(call)
        let response: HTTPClientResponse
        do {
            response = try await Self.http.execute(request, deadline: .now() + call.timeout)
            if (200...299).contains(response.status.code) { return try await read(response) }
        } catch let fault as S3Fault {
            throw fault
        } catch let error as ObjectStoreError {
            throw error
        } catch {
            if case .streamed(let body) = call.body, let fault = body.fault { throw fault }
            if Task.isCancelled { throw CancellationError() }
            throw S3Fault.noAnswer((error as? HTTPClientError)?.shortDescription ?? "\(type(of: error))")
        }
        throw S3Fault.refused(await S3Refusal(response))
    }

    private func request(_ call: S3Call) async throws -> HTTPClientRequest {
        let credentials: AWSCredentials
        do throws(NoAWSCredentials) {
            credentials = try await self.credentials.credentials()
        } catch {
            throw S3Fault.noCredentials(error)
        }
        var signable = signable(call)
        if let condition = call.condition, conditions.areKnown { signable.headers.append(condition) }
        let signed: [SignableRequest.Pair]
        let body: HTTPClientRequest.Body?
        switch call.body {
        case .none:
            body = nil
            signed = headers(signable, .empty, credentials)
        case .held(let held):
            body = held.sent
            signed = headers(signable, PayloadHash(digest: held.digest), credentials)
        case .streamed(let streamed):
            signable.headers += [
                ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "\(streamed.count)"),
            ]
            let (headers, chunks) = signer.chunkedHeaders(signing: signable, with: credentials, at: time.now)
            body = streamed.sent(chunks)
            signed = headers
        }
        var request = HTTPClientRequest(url: address.url(signable.path, query: signable.encodedQuery))
        request.method = call.method
        for field in signable.headers + signed { request.headers.add(name: field.name, value: field.value) }
        request.body = body
        return request
    }

    private func headers(
        _ signable: SignableRequest, _ payload: PayloadHash, _ credentials: AWSCredentials
    ) -> [SignableRequest.Pair] {
        signer.headers(
            signing: signable, payload: payload, sendsPayloadHash: true, with: credentials, at: time.now)
    }

    func signable(_ call: S3Call) -> SignableRequest {
        SignableRequest(
            method: call.method.rawValue, host: address.host, path: address.path(of: call.key), query: call.query,
            headers: call.headers)
    }
}

/// There is nothing of what was asked for.
struct S3None: Error {}

/// Whether a store knows of conditions for what is written, as far as it has told.
final class KnownConditions: Sendable {
    private let known = Atomic(true)

    var areKnown: Bool { known.load(ordering: .relaxed) }

    /// False when they were forgotten before.
    func forget() -> Bool { known.exchange(false, ordering: .relaxed) }
}

/// The tries of one request.
private struct Tries {
    private var left: Duration
    private var backoff = Backoff(first: .milliseconds(100), longest: .seconds(2))

    init(_ patience: Duration) {
        left = patience
    }

    /// The pause before the next one; nil when there is none any more.
    mutating func next() -> Duration? {
        let pause = backoff.next()
        guard pause <= left else { return nil }
        left -= pause
        return pause
    }
}
