import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Synchronization
import Testing

/// The routes services ask for themselves, on a real socket: the token endpoint gives `token-1`, `token-2` and so on, the
/// others take the last of them.
final class TestUserService: Sendable {
    struct Grant: Sendable {
        let authorization: String
        let form: String
    }

    private struct State {
        var grants: [Grant] = []
        var feedCalls: [String] = []
        var isRefusing = false
        var status = HTTPResponse.Status.ok
        var page = #"{"items":[],"next":"0"}"#
        var expiresIn = 300
        /// While it is there, the token endpoint does not answer.
        var gate: AsyncStream<Never>?
        /// What was put where, and the status that it is answered with.
        var puts: [(path: String, body: Data)] = []
        var putStatus = HTTPResponse.Status.noContent
        /// The bodies of what was asked.
        var questions: [Data] = []
        /// The answer to each question.
        var decision = #"{"allow":true,"reason":"a","rule":"r","obligations":[],"ttl":30,"policy_version":"1"}"#
        /// Instead of answers, when it is there.
        var decisions: String?
        var decisionStatus = HTTPResponse.Status.ok
        /// While it is so, no question is answered.
        var isHoldingAnswers = false
    }

    private let state = Mutex(State())

    var grants: [Grant] { state.withLock { $0.grants } }
    var feedCalls: [String] { state.withLock { $0.feedCalls } }

    var puts: [(path: String, body: Data)] { state.withLock { $0.puts } }
    func set(putStatus: HTTPResponse.Status) { state.withLock { $0.putStatus = putStatus } }
    func set(status: HTTPResponse.Status) { state.withLock { $0.status = status } }
    func set(page: String) { state.withLock { $0.page = page } }
    func set(expiresIn: Int) { state.withLock { $0.expiresIn = expiresIn } }
    func set(gate: AsyncStream<Never>?) { state.withLock { $0.gate = gate } }
    /// How many questions came in each call.
    var questionCounts: [Int] { state.withLock { $0.questions.map(Self.questionCount) } }
    var questions: [Data] { state.withLock { $0.questions } }
    func set(decision: String) { state.withLock { $0.decision = decision } }
    func set(decisions: String?) { state.withLock { $0.decisions = decisions } }
    func set(decisionStatus: HTTPResponse.Status) { state.withLock { $0.decisionStatus = decisionStatus } }
    func holdAnswers(_ isHolding: Bool) { state.withLock { $0.isHoldingAnswers = isHolding } }
    /// From now on no token is taken until there is a new one.
    func revoke() { state.withLock { $0.isRefusing = true } }

    /// Runs `body` with the address. An error thrown to the server itself would cancel it instead of shutting it down, and
    /// NIO ends the process when a connection comes in just then (apple/swift-nio issue 2637).
    func run<Value: Sendable>(_ body: @escaping @Sendable (String) async throws -> Value) async throws -> Value {
        let configuration = ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0))
        return try await Application(router: routes(), configuration: configuration).test(.live) { client in
            do {
                let port = try #require(client.port)
                return Result<Value, any Error>.success(try await body("http://127.0.0.1:\(port)"))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    private func routes() -> Router<BasicRequestContext> {
        let router = Router()
        router.post("/oauth2/token") { request, _ in
            let form = String(buffer: try await request.body.collect(upTo: 1_024))
            let gate = self.state.withLock { $0.gate }
            if let gate { for await _ in gate {} }
            return self.state.withLock { state -> Response in
                state.grants.append(Grant(authorization: request.headers[.authorization] ?? "", form: form))
                guard state.status == .ok else {
                    let elsewhere: HTTPFields = state.status == .found ? [.location: "/elsewhere"] : [:]
                    return Self.answer(#"{"error":"invalid_client"}"#, state.status, elsewhere)
                }
                state.isRefusing = false
                let token = "token-\(state.grants.count)"
                return Self.answer(
                    #"{"access_token":"\#(token)","token_type":"bearer","expires_in":\#(state.expiresIn),"scope":"a"}"#)
            }
        }
        router.post("/elsewhere") { _, _ in Self.answer(#"{"access_token":"stolen","token_type":"Bearer"}"#) }
        router.get("/elsewhere") { _, _ in Self.answer(#"{"access_token":"stolen","token_type":"Bearer"}"#) }
        router.post("/v1/authz/decisions") { request, _ in
            let body = Data((try await request.body.collect(upTo: 1_024 * 1_024)).readableBytesView)
            try await until("answers are let go") { self.state.withLock { !$0.isHoldingAnswers } }
            return self.state.withLock { state -> Response in
                state.questions.append(body)
                guard request.headers[.authorization] == "Bearer token-\(state.grants.count)" else {
                    return Self.answer("{}", .unauthorized)
                }
                let answers = Array(repeating: state.decision, count: Self.questionCount(body))
                let all = #"{"decisions":[\#(answers.joined(separator: ","))]}"#
                return Self.answer(state.decisions ?? all, state.decisionStatus)
            }
        }
        for path in ["/internal/v1/revocations", "/internal/v1/erasures", "/internal/v1/data-exports"] {
            router.get(RouterPath(path), use: feed)
        }
        router.put("/internal/v1/**") { request, _ in
            let body = Data((try await request.body.collect(upTo: 4 * 1_024 * 1_024)).readableBytesView)
            return self.state.withLock { state -> Response in
                guard request.headers[.authorization] == "Bearer token-\(state.grants.count)" else {
                    return Self.answer("{}", .unauthorized)
                }
                state.puts.append((request.uri.string, body))
                return Response(status: state.putStatus)
            }
        }
        return router
    }

    @Sendable private func feed(_ request: Request, _ context: BasicRequestContext) -> Response {
        state.withLock { state -> Response in
            state.feedCalls.append(request.uri.query ?? "")
            let isGood =
                request.headers[.authorization] == "Bearer token-\(state.grants.count)" && !state.isRefusing
            return isGood ? Self.answer(state.page) : Self.answer("{}", .unauthorized)
        }
    }

    private static func questionCount(_ body: Data) -> Int {
        let json = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
        return (json?["requests"] as? [Any])?.count ?? 0
    }

    private static func answer(
        _ json: String, _ status: HTTPResponse.Status = .ok, _ fields: HTTPFields = [:]
    ) -> Response {
        Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
    }
}
