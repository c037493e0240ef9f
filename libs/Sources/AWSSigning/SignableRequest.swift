/// The parts of a request that a signature covers.
public struct SignableRequest: Sendable {
    public typealias Pair = (name: String, value: String)

    public var method: String
    /// As the `Host` field has it: with the port where it is not the scheme's own.
    public var host: String
    /// As it goes on the request line, percent-encoded where it has to be; nothing is `/`.
    public var path: String
    /// Not encoded, in any order.
    public var query: [Pair]
    /// The fields to be signed besides `Host`: those nobody on the way adds to or changes.
    public var headers: [Pair]

    public init(method: String, host: String, path: String = "/", query: [Pair] = [], headers: [Pair] = []) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
    }
}

extension SignableRequest {
    /// The query as it goes on the request line. A part without a value has an empty one.
    public var encodedQuery: String { CanonicalRequest.query(query) }
}
