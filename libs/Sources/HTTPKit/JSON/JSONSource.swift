import DomainKit
import Foundation

/// One value of a document under decoding, its place, and the list of everything found wrong so far.
///
/// A scalar of the wrong type is noted and replaced by a stand-in, so that decoding goes on and the caller learns
/// of all its mistakes at once; `JSONDecoding` throws away what was built when anything was noted.
struct JSONSource {
    let value: JSONValue
    let path: JSONPath
    let findings: Findings

    /// Shared by all sources of one document. Used by one decoding on one thread, never handed on.
    final class Findings {
        private(set) var violations: [Violation] = []

        func note(_ violation: Violation) {
            if violations.count < 50 { violations.append(violation) }
        }
    }

    func note(_ code: String, _ detail: String) {
        findings.note(Violation(pointer: path.pointer, code: code, detail: detail))
    }

    func noteWrongType(expected: String) {
        note("wrong-type", "This must be \(expected), and is \(value.kind).")
    }

    /// Decodes any type. Throws `Abandoned` after noting why when nothing can stand in.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let scalar = type as? any JSONScalar.Type, let value = scalar.read(self) as? Value { return value }
        if let optional = type as? any JSONOptional.Type, case .null = value {
            if let null = optional.null as? Value { return null }
        }
        if let absentable = type as? any DecodableWhenAbsent.Type {
            if let value = try absentable.present(self) as? Value { return value }
        }
        let found = findings.violations.count
        do {
            return try Value(from: JSONTreeDecoder(source: self))
        } catch let error as DecodingError {
            note(error)
            throw Abandoned()
        } catch let violation as Violation {
            // A value made of a stand-in is often refused as well; what is wrong has been said.
            if findings.violations.count == found { findings.note(violation.at(path.pointer)) }
            throw Abandoned()
        }
    }

    /// A type's own `init(from:)` refused the value: say so without its words, which are not written for callers.
    private func note(_ error: DecodingError) {
        switch error {
        case .typeMismatch(let expected, _) where expected == [String: Any].self: noteWrongType(expected: "an object")
        default: note("not-acceptable", "This value is not one of those accepted here.")
        }
    }

    /// Decoding cannot go on from here; the reason has been noted.
    struct Abandoned: Error {}
}

/// `Optional`, to see at run time that null is welcome.
private protocol JSONOptional {
    static var null: Any { get }
}

extension Optional: JSONOptional {
    fileprivate static var null: Any { Wrapped?.none as Any }
}

/// A type with a stand-in, whose mistakes do not end the decoding.
protocol JSONScalar {
    static func read(_ source: JSONSource) -> Self
}

extension String: JSONScalar {
    static func read(_ source: JSONSource) -> String {
        if case .string(let text) = source.value { return text }
        source.noteWrongType(expected: "a string")
        return ""
    }
}

extension Bool: JSONScalar {
    static func read(_ source: JSONSource) -> Bool {
        if case .bool(let value) = source.value { return value }
        source.noteWrongType(expected: "a boolean")
        return false
    }
}

extension Int: JSONScalar {
    static func read(_ source: JSONSource) -> Int {
        if let value = source.value.integer.flatMap({ Int(exactly: $0) }) { return value }
        source.noteWrongType(expected: "an integer")
        return 0
    }
}

extension Int64: JSONScalar {
    static func read(_ source: JSONSource) -> Int64 {
        if let value = source.value.integer { return value }
        source.noteWrongType(expected: "an integer")
        return 0
    }
}

extension Double: JSONScalar {
    static func read(_ source: JSONSource) -> Double {
        if case .number(let text) = source.value, let value = Double(text), value.isFinite { return value }
        source.noteWrongType(expected: "a number")
        return 0
    }
}

extension UUID: JSONScalar {
    static func read(_ source: JSONSource) -> UUID {
        if case .string(let text) = source.value {
            if text.utf8.count == 36, let uuid = UUID(uuidString: text) { return uuid }
            source.note("not-a-uuid", "This must be a UUID.")
        } else {
            source.noteWrongType(expected: "a UUID")
        }
        return UUID()
    }
}

extension ID: JSONScalar {
    static func read(_ source: JSONSource) -> ID { ID(UUID.read(source)) }
}

extension Date: JSONScalar {
    static func read(_ source: JSONSource) -> Date {
        if case .string(let text) = source.value {
            if let date = RFC3339.date(from: text) { return date }
            source.note("not-a-time", "This must be an RFC 3339 time.")
        } else {
            source.noteWrongType(expected: "an RFC 3339 time")
        }
        return .distantPast
    }
}

extension JSONValue: JSONScalar {
    static func read(_ source: JSONSource) -> JSONValue { source.value }
}

extension JSONValue: Decodable {
    /// Only inside a document read by `JSONDecoding`, which hands the tree over as it is and never comes here.
    public init(from decoder: any Decoder) throws {
        guard let tree = decoder as? JSONTreeDecoder else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not read by JSONDecoding"))
        }
        self = tree.source.value
    }
}
