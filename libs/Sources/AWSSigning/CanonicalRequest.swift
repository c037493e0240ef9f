/// A request in the one form that both sides compute (AWS, "Create a signed AWS API request", step 1).
struct CanonicalRequest {
    let text: String
    /// The names of the covered fields, sorted, separated by semicolons.
    let signedHeaders: String

    init(_ request: SignableRequest, path: String, payload: PayloadHash) {
        let fields = Self.fields(request)
        signedHeaders = Self.names(of: request)
        let lines =
            [request.method, path, Self.query(request.query)] + fields.map { "\($0.name):\($0.value)" } + [
                "", signedHeaders, payload.text,
            ]
        text = lines.joined(separator: "\n")
    }

    static func names(of request: SignableRequest) -> String {
        fields(request).map(\.name).joined(separator: ";")
    }

    /// Sorted by name and, among equal ones, by value, both as they are encoded.
    static func query(_ items: [SignableRequest.Pair]) -> String {
        items.map { (URIEncoding.encode($0.name), URIEncoding.encode($0.value)) }
            .sorted { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 < $1.0 }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    /// Lower case, each name once with its values in the order they are sent.
    private static func fields(_ request: SignableRequest) -> [SignableRequest.Pair] {
        var values: [String: [String]] = ["host": [request.host]]
        for field in request.headers where field.name.lowercased() != "host" {
            values[field.name.lowercased(), default: []].append(single(field.value))
        }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: ",")) }
    }

    /// Without white space at the ends, and with one space for each run of it.
    private static func single(_ value: String) -> String {
        value.unicodeScalars.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" }
            .map { String($0) }.joined(separator: " ")
    }
}
