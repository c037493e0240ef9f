/// A member of a PATCH body that may be left out: "not mentioned" is not the same as "set to nothing".
///
/// With a plain `Value`, `null` is a wrong type. With `PatchField<String?>` it clears the member.
public enum PatchField<Value: Sendable>: Sendable {
    case absent
    case set(Value)

    /// What to set. Nil when the member was left out.
    public var value: Value? {
        if case .set(let value) = self { value } else { nil }
    }
}

extension PatchField: Decodable where Value: Decodable {
    public init(from decoder: any Decoder) throws {
        self = .set(try Value(from: decoder))
    }
}

/// A type that has a value for a member that is not there.
protocol DecodableWhenAbsent: Decodable {
    static var absentValue: Self { get }
    /// Decodes a member that is there.
    static func present(_ source: JSONSource) throws -> Self
}

extension PatchField: DecodableWhenAbsent where Value: Decodable {
    static var absentValue: PatchField { .absent }

    static func present(_ source: JSONSource) throws -> PatchField {
        .set(try source.decode(Value.self))
    }
}
