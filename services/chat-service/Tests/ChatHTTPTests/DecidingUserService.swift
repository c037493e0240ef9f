import Foundation
import HTTPKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization

/// User-service as far as it is asked what accounts may do, on a port of its own.
final class DecidingUserService: Sendable {
    private struct State {
        var answer = ""
        var isAway = false
        var asked: [JSONValue] = []
    }

    private let state = Mutex(State())

    init() { answers("room.speak.members", allow: true, obligations: ["slow-mode"]) }

    /// What every question is answered with from now on.
    func answers(_ rule: String, allow: Bool, obligations: [String] = [], ttl: Int = 30) {
        let obliged = obligations.map { "\"\($0)\"" }.joined(separator: ",")
        let answer =
            #"{"allow":\#(allow),"reason":"r","rule":"\#(rule)","obligations":[\#(obliged)],"ttl":\#(ttl),"policy_version":"9"}"#
        state.withLock { $0.answer = answer }
    }

    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    /// The questions there were.
    var asked: [JSONValue] { state.withLock { $0.asked } }

    /// Runs `body` with its address. An error thrown to the server itself would cancel it instead of shutting it down.
    func run<Value: Sendable>(_ body: @escaping @Sendable (String) async throws -> Value) async throws -> Value {
        let router = Router()
        router.post("/oauth2/token") { _, _ in
            #"{"access_token":"t","token_type":"Bearer","expires_in":300,"scope":"authz:decide"}"#
        }
        router.post("/v1/authz/decisions") { request, _ -> Response in
            let body = try await request.body.collect(upTo: 1 << 20)
            let questions = try JSONDecoding.decode(JSONValue.self, from: body)["requests"]?.array ?? []
            return self.state.withLock { state in
                guard !state.isAway else { return Response(status: .serviceUnavailable) }
                state.asked += questions
                let answers = Array(repeating: state.answer, count: questions.count).joined(separator: ",")
                let json = #"{"decisions":[\#(answers)]}"#
                return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
            }
        }
        let configuration = ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0))
        return try await Application(router: router, configuration: configuration).test(.live) { client in
            do {
                guard let port = client.port else { throw CocoaError(.featureUnsupported) }
                return Result<Value, any Error>.success(try await body("http://127.0.0.1:\(port)"))
            } catch {
                return .failure(error)
            }
        }.get()
    }
}
