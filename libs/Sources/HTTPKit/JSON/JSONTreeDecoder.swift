import DomainKit

/// `Decoder` over a parsed document, strict about members: one that the type has no key for is a violation.
struct JSONTreeDecoder: Decoder {
    let source: JSONSource

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = source.value else {
            source.noteWrongType(expected: "an object")
            throw JSONSource.Abandoned()
        }
        for member in members where Key(stringValue: member.name) == nil {
            source.findings.note(
                Violation(
                    pointer: source.path.member(member.name).pointer, code: "unknown-field",
                    detail: "There is no such member."))
        }
        return KeyedDecodingContainer(JSONObjectContainer<Key>(source: source, members: members))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = source.value else {
            source.noteWrongType(expected: "an array")
            throw JSONSource.Abandoned()
        }
        return JSONArrayContainer(source: source, elements: elements)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension JSONTreeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { source.value == .null }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try source.decode(type) }
}

private struct JSONObjectContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: JSONSource
    let members: [JSONValue.Member]

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { members.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { value(key) != nil }

    func decodeNil(forKey key: Key) -> Bool {
        guard let value = value(key) else { return true }
        return value == .null
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        if let member = member(key) { return try member.decode(type) }
        if let absentable = type as? any DecodableWhenAbsent.Type, let value = absentable.absentValue as? Value {
            return value
        }
        let place = JSONSource(value: .null, path: source.path.member(key.stringValue), findings: source.findings)
        place.note("missing-field", "This member is required.")
        // A stand-in lets the rest be checked; what it notes itself would only repeat the above.
        let quiet = JSONSource(value: .null, path: place.path, findings: JSONSource.Findings())
        if let scalar = type as? any JSONScalar.Type, let value = scalar.read(quiet) as? Value { return value }
        throw JSONSource.Abandoned()
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try JSONTreeDecoder(source: required(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try JSONTreeDecoder(source: required(key)).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { JSONTreeDecoder(source: source) }

    func superDecoder(forKey key: Key) throws -> any Decoder { JSONTreeDecoder(source: try required(key)) }

    private func value(_ key: Key) -> JSONValue? {
        members.first { $0.name == key.stringValue }?.value
    }

    private func member(_ key: Key) -> JSONSource? {
        value(key).map {
            JSONSource(value: $0, path: source.path.member(key.stringValue), findings: source.findings)
        }
    }

    private func required(_ key: Key) throws -> JSONSource {
        guard let member = member(key) else {
            JSONSource(value: .null, path: source.path.member(key.stringValue), findings: source.findings)
                .note("missing-field", "This member is required.")
            throw JSONSource.Abandoned()
        }
        return member
    }
}

private struct JSONArrayContainer: UnkeyedDecodingContainer {
    let source: JSONSource
    let elements: [JSONValue]
    var currentIndex = 0

    init(source: JSONSource, elements: [JSONValue]) {
        self.source = source
        self.elements = elements
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try JSONTreeDecoder(source: next()).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try JSONTreeDecoder(source: next()).unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { JSONTreeDecoder(source: try next()) }

    private mutating func next() throws -> JSONSource {
        guard !isAtEnd else {
            source.note("too-few", "This array has too few elements.")
            throw JSONSource.Abandoned()
        }
        defer { currentIndex += 1 }
        return JSONSource(
            value: elements[currentIndex], path: source.path.element(currentIndex), findings: source.findings)
    }
}
