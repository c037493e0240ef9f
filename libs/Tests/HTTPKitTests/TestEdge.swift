import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

struct TestContext: EdgeContext {
    var coreContext: CoreRequestContextStorage
    var edge: EdgeState
    var callerID: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        edge = EdgeState(source: source)
    }
}

/// Takes the caller from a field, in place of a token check.
struct TestCaller: RouterMiddleware {
    typealias Context = TestContext

    func handle(
        _ request: Request, context: TestContext, next: (Request, TestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.callerID = request.headers[HTTPField.Name("X-Caller")!]
        return try await next(request, context)
    }
}

struct EchoBody: JSONWritable {
    let text: String

    func write(to json: inout JSONWriter) {
        json.object { $0.member("text", text) }
    }
}

/// An application of `routes` behind the edge.
func edgeApplication(
    _ options: EdgeOptions = EdgeOptions(), logger: Logger? = nil, _ routes: (Router<TestContext>) -> Void
) -> Application<EdgeResponder<TestContext>> {
    let router = Router(context: TestContext.self)
    routes(router)
    var quiet = Logger(label: "test")
    quiet.logLevel = .critical
    return Application(
        responder: router.edge(options), server: .edge(),
        configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)), logger: logger ?? quiet)
}

/// A problem document as read back.
struct ReadProblem: Decodable {
    struct Finding: Decodable, Equatable {
        let pointer: String
        let code: String
        let detail: String
    }

    let type: String
    let title: String
    let status: Int
    let detail: String
    let instance: String
    let code: String
    let requestID: String
    let errors: [Finding]?

    enum CodingKeys: String, CodingKey {
        case type, title, status, detail, instance, code, errors
        case requestID = "request_id"
    }

    var pointers: [String] { errors?.map(\.pointer) ?? [] }
}

extension TestResponse {
    /// Decodes the problem with Foundation's decoder, so that ours does not judge itself.
    func problem() throws -> ReadProblem {
        #expect(headers[.contentType] == "application/problem+json")
        let problem = try JSONDecoder().decode(ReadProblem.self, from: Data(body.readableBytesView))
        #expect(problem.status == status.code)
        #expect(problem.requestID == headers[.xRequestID])
        return problem
    }

    var text: String { String(buffer: body) }
}
