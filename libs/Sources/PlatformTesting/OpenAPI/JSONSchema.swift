import DomainKit
import Foundation
import HTTPKit

/// The part of JSON Schema 2020-12 that our OpenAPI documents use. A keyword it does not know is a finding, so that
/// nothing is held to be checked that is not.
struct JSONSchema {
    private let schema: JSONValue
    private let root: JSONValue

    init(_ schema: JSONValue, in root: JSONValue) {
        self.schema = JSONSchema.resolve(schema, in: root) ?? .null
        self.root = root
    }

    /// Follows `$ref` within the document. Nil when it leads nowhere.
    static func resolve(_ value: JSONValue, in root: JSONValue) -> JSONValue? {
        guard case .string(let pointer)? = value["$ref"] else { return value }
        guard pointer.hasPrefix("#/") else { return nil }
        let target = pointer.dropFirst(2).split(separator: "/").reduce(root as JSONValue?) { found, part in
            found?[String(part).replacing("~1", with: "/").replacing("~0", with: "~")]
        }
        return target.flatMap { resolve($0, in: root) }
    }

    func findings(_ value: JSONValue, at place: String) -> [String] {
        guard case .object(let keywords) = schema else { return ["\(place): a $ref that leads nowhere"] }
        return keywords.flatMap { findings($0.name, $0.value, value, place) }
    }

    private func findings(_ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ place: String) -> [String] {
        func expect(_ holds: Bool) -> [String] { holds ? [] : ["\(place): breaks \(keyword): \(value.text)"] }
        switch (keyword, value) {
        case ("type", _): return expect(rule.elements.contains { value.isOf(type: $0) })
        case ("enum", _): return expect(rule.elements.contains(value))
        case ("const", _): return expect(rule == value)
        case ("properties", .object(let members)): return properties(rule, members, place)
        case ("patternProperties", .object(let members)): return patterns(rule, members, place)
        case ("additionalProperties", .object(let members)): return additional(rule, members, place)
        case ("required", .object):
            return rule.elements.filter { value[$0.text] == nil }.map { "\(place): lacks \($0.text)" }
        case ("items", .array(let elements)):
            return elements.enumerated().flatMap { JSONSchema(rule, in: root).findings($1, at: "\(place)/\($0)") }
        case ("maxItems", .array(let elements)): return expect(elements.count <= rule.count)
        case ("minItems", .array(let elements)): return expect(elements.count >= rule.count)
        case ("uniqueItems", .array(let elements)): return expect(Set(elements).count == elements.count)
        case ("minLength", .string(let text)): return expect(text.unicodeScalars.count >= rule.count)
        case ("maxLength", .string(let text)): return expect(text.unicodeScalars.count <= rule.count)
        case ("pattern", .string(let text)):
            return expect(text.has(rule.text))
        case ("format", .string(let text)): return expect(Self.isOf(format: rule.text, text))
        case ("minimum", .number(let number)): return expect((Double(number) ?? 0) >= (Double(rule.text) ?? 0))
        case ("maximum", .number(let number)): return expect((Double(number) ?? 0) <= (Double(rule.text) ?? 0))
        case ("allOf", _): return rule.elements.flatMap { JSONSchema($0, in: root).findings(value, at: place) }
        case ("anyOf", _): return expect(matches(rule, value) >= 1)
        case ("oneOf", _): return expect(matches(rule, value) == 1)
        default: return Self.known.contains(keyword) ? [] : ["\(place): the keyword \(keyword) is not checked here"]
        }
    }

    /// Those above where they do not apply, and those that only tell.
    private static let known: Set<String> = [
        "properties", "patternProperties", "additionalProperties", "required", "items", "maxItems", "minItems",
        "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "description", "title",
        "example", "examples",
        "default", "readOnly", "writeOnly", "deprecated", "$ref", "contentEncoding", "contentMediaType",
    ]

    private func matches(_ rules: JSONValue, _ value: JSONValue) -> Int {
        rules.elements.count { JSONSchema($0, in: root).findings(value, at: "").isEmpty }
    }

    private func properties(_ rules: JSONValue, _ members: [JSONValue.Member], _ place: String) -> [String] {
        members.flatMap { member in
            rules[member.name].map { JSONSchema($0, in: root).findings(member.value, at: "\(place)/\(member.name)") }
                ?? []
        }
    }

    private func additional(_ rule: JSONValue, _ members: [JSONValue.Member], _ place: String) -> [String] {
        let patterns = schema["patternProperties"].map(Self.byPattern) ?? []
        return members.filter { member in
            schema["properties"]?[member.name] == nil && !patterns.contains { member.name.has($0.pattern) }
        }.flatMap { member in
            switch rule {
            case .bool(true): [String]()
            case .bool(false): ["\(place): undocumented member \(member.name)"]
            default: JSONSchema(rule, in: root).findings(member.value, at: "\(place)/\(member.name)")
            }
        }
    }

    private func patterns(_ rules: JSONValue, _ members: [JSONValue.Member], _ place: String) -> [String] {
        Self.byPattern(rules).flatMap { pattern, rule in
            members.filter { $0.name.has(pattern) }.flatMap {
                JSONSchema(rule, in: root).findings($0.value, at: "\(place)/\($0.name)")
            }
        }
    }

    private static func byPattern(_ rules: JSONValue) -> [(pattern: String, rule: JSONValue)] {
        guard case .object(let members) = rules else { return [] }
        return members.map { ($0.name, $0.value) }
    }

    private static func isOf(format: String, _ text: String) -> Bool {
        switch format {
        case "uuid": UUID(uuidString: text) != nil && text == text.lowercased()
        case "date-time": RFC3339.date(from: text) != nil && text.hasSuffix("Z")
        case "uri": URL(string: text)?.scheme != nil
        case "email": text.contains("@")
        default: true
        }
    }
}

extension JSONValue {
    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [self] }
    }

    var text: String {
        switch self {
        case .string(let text), .number(let text): text
        default: String(decoding: JSONWriter.bytes(of: self), as: UTF8.self)
        }
    }

    fileprivate var count: Int { Int(text) ?? 0 }

    fileprivate func isOf(type: JSONValue) -> Bool {
        switch (type.text, self) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
            ("number", .number):
            true
        case ("integer", .number(let text)): Double(text).map { $0.rounded() == $0 } ?? false
        default: false
        }
    }
}

extension String {
    fileprivate func has(_ pattern: String) -> Bool { range(of: pattern, options: .regularExpression) != nil }
}
