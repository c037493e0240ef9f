public import DomainKit
public import NIOCore

/// Strict JSON in: the one reader for request bodies.
///
/// Types are `Decodable` with explicit `CodingKeys` in `snake_case`. `Date` is RFC 3339, `UUID` and `ID` the 36
/// character form. A `Violation` thrown by an `init(from:)` is reported at the value's pointer.
public enum JSONDecoding {
    /// Fails: `platform.invalid-input` with everything found wrong, each with its JSON pointer. No other error.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from buffer: ByteBuffer
    ) throws(Failure) -> Value {
        let document: JSONValue
        do throws(Violation) {
            document = try JSONScanner.scan(buffer) { scanner throws(Violation) in try JSONParser.parse(scanner) }
        } catch {
            throw .invalid([error])
        }
        return try decode(type, from: document)
    }

    /// Decodes a part of a document that was read before; pointers begin at that part.
    public static func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue) throws(Failure) -> Value {
        let findings = JSONSource.Findings()
        let result = Result { try JSONSource(value: value, path: .root, findings: findings).decode(type) }
        guard findings.violations.isEmpty else { throw .invalid(findings.violations) }
        switch result {
        case .success(let decoded): return decoded
        case .failure(let error):
            throw Failure.invalid([
                Violation(code: "not-acceptable", detail: "The document is not one of those accepted here.")
            ]).caused(by: error)
        }
    }
}
