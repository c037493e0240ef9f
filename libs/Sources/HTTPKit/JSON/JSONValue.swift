/// A JSON document as read: members keep their order, numbers keep their digits.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The number as it was written, which the grammar has been checked of.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    public struct Member: Sendable, Hashable {
        public let name: String
        public let value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The member of an object. Nil when there is none or this is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What a person calls this kind of value.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// See `JSONNumber.integer`. Nil for what is no number as well.
    var integer: Int64? {
        guard case .number(var text) = self else { return nil }
        return text.withUTF8 { JSONNumber($0).integer }
    }
}

extension JSONValue: JSONWritable {
    public func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.literal("null")
        case .bool(let value): value.write(to: &json)
        case .number(let text): json.bytes.append(contentsOf: text.utf8)
        case .string(let text): json.string(text)
        case .array(let elements): elements.write(to: &json)
        case .object(let members):
            json.object { object in
                for member in members { object.member(member.name, member.value) }
            }
        }
    }
}
