internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdTesting
internal import NIOCore

/// What services ask user-service for themselves, answered on a port of its own: a token, no events, and what accounts may do.
public enum QuietUserService {
    /// Runs `body` with its address.
    public static func run<Value: Sendable>(
        deciding decisions: QuietDecisions = QuietDecisions(),
        _ body: @escaping @Sendable (String) async throws -> Value
    ) async throws -> Value {
        let router = Router()
        router.post("/oauth2/token") { _, _ in
            answer(#"{"access_token":"token","token_type":"Bearer","expires_in":300,"scope":"identity:events"}"#)
        }
        router.get("/internal/v1/revocations") { _, _ in answer(#"{"items":[],"next":"0"}"#) }
        router.get("/internal/v1/erasures") { _, _ in answer(#"{"items":[],"next":"0"}"#) }
        router.get("/internal/v1/data-exports") { _, _ in answer(#"{"items":[]}"#) }
        router.post("/v1/authz/decisions") { request, _ in
            let body = Data(try await request.body.collect(upTo: 1 << 20).readableBytesView)
            return try decisions.answers(to: body).map(answer) ?? Response(status: .serviceUnavailable)
        }
        let configuration = ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0))
        // An error thrown to the server itself would cancel it instead of shutting it down.
        return try await Application(router: router, configuration: configuration).test(.live) { client in
            do {
                guard let port = client.port else { throw CocoaError(.featureUnsupported) }
                return Result<Value, any Error>.success(try await body("http://127.0.0.1:\(port)"))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    private static func answer(_ json: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
    }
}
