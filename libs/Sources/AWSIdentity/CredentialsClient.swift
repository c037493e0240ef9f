internal import AWSSigning
internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// How credentials are asked for: at the address that was given and no other, without waiting or reading longer than was
/// said.
struct CredentialsClient: Sendable {
    var timeout: Duration = .seconds(5)

    /// More than any answer with credentials has.
    private static let largestAnswer = 65_536

    /// Follows no redirects and lives as long as the process.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The body of an answer of 200. Fails with words that name `what` and no address, header or body.
    func text(
        _ what: String, _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], body: String? = nil
    ) async throws(NoAWSCredentials) -> String {
        var request = HTTPClientRequest(url: url)
        (request.method, request.headers) = (method, headers)
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let status: HTTPResponseStatus
        do {
            let answer = try await withThrowingTaskGroup(of: (HTTPResponseStatus, String).self) { [request] group in
                group.addTask { try await Self.answer(to: request) }
                group.addTask {
                    // The time-out: the client's own ends with the head, and a body may come by the byte.
                    try await Task.sleep(for: timeout)
                    throw NoAWSCredentials("\(what): no answer within \(timeout)")
                }
                defer { group.cancelAll() }
                return try await group.next()
            }
            guard let answer else { throw NoAWSCredentials("\(what): cancelled") }
            if answer.0 == .ok { return answer.1 }
            status = answer.0
        } catch {
            throw error as? NoAWSCredentials ?? NoAWSCredentials("\(what): no answer (\(type(of: error)))")
        }
        throw NoAWSCredentials("\(what): \(status.code)")
    }

    private static func answer(to request: HTTPClientRequest) async throws -> (HTTPResponseStatus, String) {
        let response = try await client.execute(request, timeout: .seconds(60))
        return (response.status, String(buffer: try await response.body.collect(upTo: largestAnswer)))
    }
}
