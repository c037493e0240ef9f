import Foundation
public import HTTPTypes
import Hummingbird

/// One route as OpenAPI names it.
public struct RouteEntry: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let method: HTTPRequest.Method
    /// With parameters in braces: `/v1/rooms/{id}`.
    public let path: String

    public init(method: HTTPRequest.Method, path: String) {
        self.method = method
        self.path = path
    }

    public var description: String { "\(method.rawValue) \(path)" }

    public static func < (left: RouteEntry, right: RouteEntry) -> Bool {
        (left.path, left.method.rawValue) < (right.path, right.method.rawValue)
    }
}

/// Every route of `router` in the order of paths.
func routeTable(of router: Router<some RequestContext>) -> [RouteEntry] {
    router.routes.map { RouteEntry(method: $0.method, path: $0.path.description) }.sorted()
}

/// Which methods a path takes; asked only when the router found nothing.
///
/// A parameter called `id`, or something `_id`, stands for a UUID, as everywhere in the interface. So a word where there
/// could be one is no resource with other methods but nothing at all.
struct AllowedMethods: Sendable {
    /// In the order in which the router prefers them.
    private enum Part: Int, Comparable {
        case literal, id, parameter, rest

        static func < (left: Part, right: Part) -> Bool { left.rawValue < right.rawValue }
    }

    private var patterns: [(parts: [(kind: Part, text: Substring)], methods: Set<HTTPRequest.Method>)] = []

    init(_ table: [RouteEntry]) {
        for (path, entries) in Dictionary(grouping: table, by: \.path) {
            let parts = path.split(separator: "/").map { part -> (Part, Substring) in
                if part == "**" { return (.rest, part) }
                guard part.hasPrefix("{") || part == "*" else { return (.literal, part) }
                return (part == "{id}" || part.hasSuffix("_id}") ? .id : .parameter, part)
            }
            patterns.append((parts, Set(entries.map(\.method))))
        }
        patterns.sort { left, right in
            left.parts.map(\.kind).lexicographicallyPrecedes(right.parts.map(\.kind))
        }
    }

    /// GET brings HEAD, and OPTIONS is answered for every known path. Empty for unknown paths.
    func methods(for path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard var found = patterns.first(where: { matches($0.parts, parts) })?.methods else { return [] }
        if found.contains(.get) { found.insert(.head) }
        found.insert(.options)
        return found.sorted { $0.rawValue < $1.rawValue }
    }

    private func matches(_ pattern: [(kind: Part, text: Substring)], _ parts: [Substring]) -> Bool {
        for (index, part) in pattern.enumerated() {
            if part.kind == .rest { return true }
            guard index < parts.count else { return false }
            switch part.kind {
            case .literal where part.text != parts[index]: return false
            case .id where UUID(uuidString: String(parts[index])) == nil: return false
            default: continue
            }
        }
        return pattern.count == parts.count
    }
}
