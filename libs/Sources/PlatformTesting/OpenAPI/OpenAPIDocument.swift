import Foundation
public import HTTPKit
public import HTTPTypes
public import NIOCore
import Yams

/// A service's OpenAPI document, for tests that hold routes and bodies against it.
///
/// ```swift
/// let document = try OpenAPIDocument(yaml: UserSpecification.bytes)
/// #expect(document.operations == Set(routes.table.routes))
/// #expect(document.findings(in: body, of: .get, "/v1/me", status: 200, contentType: "application/json") == [])
/// ```
public struct OpenAPIDocument: Sendable {
    let root: JSONValue

    public init(yaml bytes: some Sequence<UInt8>) throws {
        let tree = try Yams.load(yaml: String(decoding: Array(bytes), as: UTF8.self))
        root = JSONValue(yaml: tree as Any)
        guard root["paths"] != nil else { throw ContractViolation("an OpenAPI document has paths", "none") }
    }

    /// Every operation there is, as `AccessTable` names routes.
    public var operations: Set<RouteEntry> {
        var found: Set<RouteEntry> = []
        for path in members(of: root["paths"]) {
            for operation in members(of: path.value) {
                guard let method = HTTPRequest.Method(operation.name.uppercased()), Self.methods.contains(method)
                else { continue }
                found.insert(RouteEntry(method: method, path: path.name))
            }
        }
        return found
    }

    /// What an answer has that the document does not know of; none when it is as documented. For a path that no
    /// template matches (a client's mistake) only the problem's form is looked at.
    public func findings(
        in body: ByteBuffer, of method: HTTPRequest.Method, _ path: String, status: Int, contentType: String?
    ) -> [String] {
        guard let operation = operation(method, path) else {
            return check(body, against: root["components"]?["schemas"]?["Problem"], at: "\(method) \(path)")
        }
        let place = "\(method) \(path) \(status)"
        let responses = operation["responses"]
        guard let response = resolve(responses?[String(status)] ?? responses?["default"]) else {
            return ["\(place): this status is not documented"]
        }
        let media = members(of: response["content"])
        guard !media.isEmpty else {
            return body.readableBytes == 0 ? [] : ["\(place): a body where none is documented"]
        }
        guard let type = contentType.map(Self.essence), let content = media.first(where: { $0.name == type }) else {
            return ["\(place): content type \(contentType ?? "missing") is not documented"]
        }
        guard type.hasSuffix("json") else { return [] }
        return check(body, against: content.value["schema"], at: place)
    }

    /// Whether the document has this status for an operation, by itself or by `default`.
    func hasStatus(_ status: Int, _ method: HTTPRequest.Method, _ template: String) -> Bool {
        let responses = root["paths"]?[template]?[method.rawValue.lowercased()]?["responses"]
        return responses?[String(status)] != nil || responses?["default"] != nil
    }

    /// What the document's own examples have that their schemas do not allow.
    public func findingsInExamples() -> [String] {
        examples(in: root, at: "")
    }

    private func examples(in value: JSONValue, at place: String) -> [String] {
        switch value {
        case .array(let elements):
            return elements.enumerated().flatMap { examples(in: $1, at: "\(place)/\($0)") }
        case .object(let members):
            var found: [String] = []
            if let schema = value["schema"] {
                let named = self.members(of: value["examples"]).compactMap { resolve($0.value)?["value"] }
                for example in named + (value["example"].map { [$0] } ?? []) {
                    found += JSONSchema(schema, in: root).findings(example, at: place)
                }
            } else if value["type"] != nil || value["properties"] != nil, let example = value["example"] {
                found += JSONSchema(value, in: root).findings(example, at: place)
            }
            return found + members.flatMap { examples(in: $0.value, at: "\(place)/\($0.name)") }
        default:
            return []
        }
    }

    private func check(_ body: ByteBuffer, against schema: JSONValue?, at place: String) -> [String] {
        guard let schema else { return ["\(place): no schema"] }
        do {
            return JSONSchema(schema, in: root).findings(try JSONDecoding.decode(JSONValue.self, from: body), at: place)
        } catch {
            return ["\(place): not JSON: \(error)"]
        }
    }

    private func operation(_ method: HTTPRequest.Method, _ path: String) -> JSONValue? {
        let plain = path.prefix { $0 != "?" }
        let templates = members(of: root["paths"]).filter { Self.matches($0.name, plain) }
        // A template without parameters is meant before one with.
        let best = templates.min { $0.name.count { $0 == "{" } < $1.name.count { $0 == "{" } }
        return best?.value[method.rawValue.lowercased()]
    }

    private static func matches(_ template: String, _ path: Substring) -> Bool {
        let (left, right) = (template.split(separator: "/"), path.split(separator: "/"))
        return left.count == right.count && zip(left, right).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    private static func essence(_ contentType: String) -> String {
        contentType.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }

    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]

    func members(of value: JSONValue?) -> [JSONValue.Member] {
        if case .object(let members) = value { members } else { [] }
    }

    func resolve(_ value: JSONValue?) -> JSONValue? {
        value.flatMap { JSONSchema.resolve($0, in: root) }
    }
}

extension JSONValue {
    /// A tree as Yams builds it.
    init(yaml: Any) {
        switch yaml {
        case let value as Bool: self = .bool(value)
        case let value as Int: self = .number(String(value))
        case let value as Double: self = .number(String(value))
        case let value as String: self = .string(value)
        case let value as Date: self = .string(value.ISO8601Format())
        case let value as [Any]: self = .array(value.map(JSONValue.init(yaml:)))
        case let value as [AnyHashable: Any]:
            self = .object(
                value.map { Member(name: "\($0.key)", value: JSONValue(yaml: $0.value)) }.sorted { $0.name < $1.name })
        default: self = .null
        }
    }
}
