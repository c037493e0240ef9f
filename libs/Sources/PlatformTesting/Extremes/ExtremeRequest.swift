import HTTPKit
public import HTTPTypes
public import NIOCore

/// A request as a service's document describes it, with one thing in it extreme.
public struct ExtremeRequest: Sendable, CustomStringConvertible {
    public var method: HTTPRequest.Method
    /// Path and query.
    public var uri: String
    public var headers: HTTPFields
    public var body: ByteBuffer?
    /// What is extreme: `query cursor = WyI...`.
    public let place: String

    /// Replaces `blank` in address and body.
    mutating func fill(_ blank: String, with text: String) {
        uri.replace(blank, with: text)
        guard let content = body.map({ String(buffer: $0) }), content.contains(blank) else { return }
        body = ByteBuffer(string: content.replacing(blank, with: text))
    }

    public var description: String { "\(method) \(uri.prefix(160)) (\(place))" }
}

/// What came back, as far as it matters.
public struct ExtremeAnswer: Sendable {
    public var status: Int
    public var contentType: String?
    public var body: ByteBuffer

    public init(status: Int, contentType: String?, body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// One operation of a document with a good value for everything it takes.
struct OperationSample {
    let method: HTTPRequest.Method
    let template: String
    /// Name, place (`path`, `query` or `header`) and a good value; nil for what may be left out.
    let parameters: [(name: String, place: String, value: String?)]
    /// Media type and bytes of a good body.
    let content: (type: String, schema: JSONValue?, sample: JSONValue?)?

    /// The good request, with `changes` by place and name.
    func request(
        _ place: String, path: [String: String] = [:], query: [String: String] = [:], headers: HTTPFields = [:],
        body: ByteBuffer? = nil
    ) -> ExtremeRequest {
        var (uri, pairs, fields) = (template, [String](), HTTPFields())
        for parameter in parameters {
            switch parameter.place {
            case "path":
                let value = path[parameter.name] ?? parameter.value ?? "x"
                uri = uri.replacing("{\(parameter.name)}", with: Self.encoded(value))
            case "query":
                guard let value = query[parameter.name] ?? parameter.value else { continue }
                pairs.append("\(Self.encoded(parameter.name))=\(Self.encoded(value))")
            default:
                guard let name = HTTPField.Name(parameter.name), let value = parameter.value else { continue }
                fields[name] = value
            }
        }
        if !pairs.isEmpty { uri += "?" + pairs.joined(separator: "&") }
        let sample = content.map { $0.sample.map { JSONWriter.buffer(of: $0) } ?? ByteBuffer(string: "x") }
        if let content { fields[.contentType] = content.type }
        for field in headers { fields[field.name] = field.value }
        return ExtremeRequest(method: method, uri: uri, headers: fields, body: body ?? sample, place: place)
    }

    /// Percent-encoded but for what RFC 3986 §2.3 leaves alone.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                String(Unicode.Scalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
