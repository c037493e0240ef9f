public import HTTPTypes

/// One request and its answer, as the access log tells of it.
public struct Exchange: Sendable {
    public let method: HTTPRequest.Method
    /// Without the query, which may hold what no log should.
    public let path: String
    /// The template that matched: `/v1/rooms/{id}`. Nil when none did.
    public let route: String?
    public let status: Int
    /// Until the answer's head was ready; a streamed body takes longer.
    public let nanoseconds: UInt64
    /// Nil for a body of unknown length.
    public let bodyBytes: Int?
    public let scope: RequestScope
    public let clientAddress: String
}

/// Told of every finished exchange, on the task that handled it: it must be quick and must not wait.
public protocol RequestObserver: Sendable {
    func finished(_ exchange: Exchange)
}
