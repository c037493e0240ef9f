import AuthKit
import HTTPTypes
public import Hummingbird

/// `X-HTTP-Method-Override` on the addresses of uploads (tus §Headers, a MUST): the method it names is the one that
/// counts, for clients behind what lets `GET` and `POST` pass alone. Elsewhere the field means nothing.
///
/// Stands around the edge, since the router, the metrics and the answer to an unknown method all go by the method. What the
/// edge answers by itself to whoever speaks tus says that tus is spoken here, as every answer must (tus §Tus-Resumable).
public struct MethodOverride<Next: HTTPResponder>: HTTPResponder {
    public typealias Context = Next.Context

    private let next: Next

    public init(_ next: Next) {
        self.next = next
    }

    public func respond(to request: Request, context: Context) async throws -> Response {
        let path = request.uri.path
        guard path == "/v1/uploads" || path.hasPrefix("/v1/uploads/") else {
            return try await next.respond(to: request, context: context)
        }
        var response = try await overridden(request, context)
        if request.headers[.tusResumable] != nil { response.headers[.tusResumable] = Tus.version }
        return response
    }

    private func overridden(_ request: Request, _ context: Context) async throws -> Response {
        guard let name = request.headers[.methodOverride] else {
            return try await next.respond(to: request, context: context)
        }
        var head = request.head
        // What is no method at all is one that no address takes.
        head.method = HTTPRequest.Method(name) ?? HTTPRequest.Method("UNKNOWN")!
        let response = try await next.respond(to: Request(head: head, body: request.body), context: context)
        return answer(response, meant: head.method, sent: request.method)
    }

    /// Who asked for a `HEAD` gets no body; who did not send one as such reads as many bytes as the length says.
    private func answer(_ response: Response, meant: HTTPRequest.Method, sent: HTTPRequest.Method) -> Response {
        guard (meant == .head) != (sent == .head) else { return response }
        var head = response.createHeadResponse()
        if meant == .head { head.headers[.contentLength] = "0" }
        return head
    }
}
