import Foundation
import HTTPKit
import HTTPTypes

extension OpenAPIDocument {
    /// Every operation with good values: the service's own `samples` by the name of a parameter or member, else the
    /// document's examples and defaults, else something of the right type. What deletes comes last, so that the others find what they ask for.
    func samples(_ samples: [String: String]) -> [OperationSample] {
        let found = operations.sorted().map { operation in
            let item = root["paths"]?[operation.path]
            let description = item?[operation.method.rawValue.lowercased()]
            return OperationSample(
                method: operation.method, template: operation.path,
                parameters: parameters(item, description, samples), content: content(description, samples))
        }
        return found.filter { $0.method != .delete } + found.filter { $0.method == .delete }
    }

    private func parameters(
        _ item: JSONValue?, _ operation: JSONValue?, _ samples: [String: String]
    ) -> [(name: String, place: String, value: String?)] {
        (elements(item?["parameters"]) + elements(operation?["parameters"])).compactMap { listed in
            guard let parameter = resolve(listed), let name = parameter["name"]?.plain,
                let place = parameter["in"]?.plain
            else { return nil }
            let isNeeded = parameter["required"] == .bool(true)
            let made = parameter["example"] ?? sample(parameter["schema"])
            return (name, place, samples[name] ?? (isNeeded ? made.plain : nil))
        }
    }

    private func content(
        _ operation: JSONValue?, _ samples: [String: String]
    ) -> (type: String, schema: JSONValue?, sample: JSONValue?)? {
        guard let media = members(of: resolve(operation?["requestBody"])?["content"]).first else { return nil }
        guard media.name.hasSuffix("json") else { return (media.name, nil, nil) }
        let example = media.value["example"] ?? members(of: media.value["examples"]).first?.value["value"]
        let schema = resolve(media.value["schema"])
        let good = members(of: example ?? sample(schema)).map { member in
            JSONValue.Member(name: member.name, value: samples[member.name].map { .string($0) } ?? member.value)
        }
        return (media.name, schema, .object(good))
    }

    /// A value that keeps to `schema`.
    func sample(_ schema: JSONValue?) -> JSONValue {
        guard let schema = resolve(schema) else { return .null }
        if let given = schema["example"] ?? schema["default"] ?? schema["const"] { return given }
        if let first = elements(schema["examples"]).first ?? elements(schema["enum"]).first { return first }
        for choice in ["oneOf", "anyOf", "allOf"] {
            if let first = elements(schema[choice]).first { return sample(first) }
        }
        switch elements(schema["type"]).first?.plain ?? schema["type"]?.plain {
        case "object":
            return .object(members(of: schema["properties"]).map { .init(name: $0.name, value: sample($0.value)) })
        case "array": return .array([sample(schema["items"])])
        case "integer", "number": return schema["minimum"] ?? .number("1")
        case "boolean": return .bool(true)
        case "string":
            switch schema["format"]?.plain {
            case "uuid": return .string(UUID().uuidString.lowercased())
            case "date-time": return .string("2026-11-26T00:00:00.000Z")
            default: return .string(String(repeating: "a", count: Int(schema["minLength"]?.plain ?? "") ?? 1))
            }
        default: return .null
        }
    }

    /// Where a body of `schema` has a value: the names and indices that lead there.
    func places(_ schema: JSONValue?, depth: Int = 0) -> [[String]] {
        guard depth < 8, let schema = resolve(schema) else { return [] }
        let own = members(of: schema["properties"]).flatMap { member in
            [[member.name]] + places(member.value, depth: depth + 1).map { [member.name] + $0 }
        }
        let items =
            schema["items"] == nil
            ? [] : [["0"]] + places(schema["items"], depth: depth + 1).map { ["0"] + $0 }
        let joined = ["oneOf", "anyOf", "allOf"].flatMap { elements(schema[$0]) }
        return own + items + joined.flatMap { places($0, depth: depth + 1) }
    }

    private func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements) = value { elements } else { [] }
    }
}

extension JSONValue {
    /// Text without quotes. Nil for null.
    var plain: String? {
        switch self {
        case .null: nil
        case .string(let text), .number(let text): text
        default: String(decoding: JSONWriter.bytes(of: self), as: UTF8.self)
        }
    }

    /// The same document with `value` at `place`; what is missing on the way is made.
    func setting(_ value: JSONValue, at place: ArraySlice<String>) -> JSONValue {
        guard let name = place.first else { return value }
        let rest = place.dropFirst()
        if case .array(var elements) = self, name == "0" {
            let first = (elements.first ?? .object([])).setting(value, at: rest)
            if elements.isEmpty { elements = [first] } else { elements[0] = first }
            return .array(elements)
        }
        if name == "0" { return .array([JSONValue.object([]).setting(value, at: rest)]) }
        var members: [Member] = []
        if case .object(let own) = self { members = own }
        let changed = (self[name] ?? .object([])).setting(value, at: rest)
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index] = Member(name: name, value: changed)
        } else {
            members.append(Member(name: name, value: changed))
        }
        return .object(members)
    }
}
