public import DomainKit
import HTTPTypes
public import Hummingbird
import NIOCore

extension Request {
    /// What a JSON body may weigh unless a route says otherwise.
    public static var defaultBodyLimit: Int { 256 * 1024 }

    /// Reads the body as one JSON document.
    ///
    /// Fails: `platform.unsupported-media-type` without `application/json`, `platform.content-too-large` beyond
    /// `limit` bytes (seen from `Content-Length` before anything is read, or while reading),
    /// `platform.invalid-input` with the JSON pointers of everything wrong.
    public func decode<Body: Decodable>(
        _ type: Body.Type, limit: Int = Request.defaultBodyLimit
    ) async throws -> Body {
        try requireJSON()
        return try JSONDecoding.decode(type, from: try await collect(limit: limit))
    }

    /// Reads the whole body. Fails: `platform.content-too-large` beyond `limit` bytes.
    public func collect(limit: Int) async throws -> ByteBuffer {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Failure.contentTooLarge(limit: limit)
        }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Failure.contentTooLarge(limit: limit)
        }
    }

    /// `application/json`, with no parameter but `charset=utf-8`. For those who need the body as it was sent; `decode` asks it.
    ///
    /// Fails: `platform.unsupported-media-type`.
    public func requireJSON() throws(Failure) {
        guard let sent = headers[.contentType] else { throw .unsupportedMediaType(expected: "application/json") }
        if sent == "application/json" { return }
        guard let type = MediaType(sent), type.essence == "application/json",
            type.parameters.allSatisfy({ $0.name == "charset" && $0.value.lowercased() == "utf-8" })
        else { throw .unsupportedMediaType(expected: "application/json") }
    }
}

extension StringProtocol {
    /// Without the optional white space of RFC 9110 §5.6.3 at both ends.
    var trimmingSpace: String {
        // By scalars: a mark that joins a space is not part of it.
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = unicodeScalars.firstIndex(where: { !isSpace($0) }),
            let last = unicodeScalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[first...last])
    }
}
