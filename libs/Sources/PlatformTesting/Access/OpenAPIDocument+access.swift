import DomainKit
public import HTTPKit
import HTTPTypes

extension OpenAPIDocument {
    /// Where the document and a table differ: in the operations there are, or in what `security` says of one.
    ///
    /// `bearer: []` is a token, `bearer: [admin]` one with that role, `service: [scope]` a service's with that scope, `[]` nothing
    /// at all; a proof in the first frame is a token that may be left out.
    public func findings(comparedWith table: AccessTable) -> [String] {
        var found: [String] = []
        var left = operations
        for line in table.lines where line.access != .internal {
            // The rest of a path has a name there and none in the router.
            let entry = RouteEntry(method: line.route.method, path: line.route.path.replacing("**", with: "{path}"))
            guard left.remove(entry) != nil else {
                found.append("\(entry) is not documented")
                continue
            }
            let (said, expected) = (security(of: entry), Self.security(for: line.access))
            if said != expected { found.append("\(entry) is \(line.access), documented: \(said.sorted())") }
        }
        return found + left.sorted().map { "\($0) is documented and not there" }
    }

    /// One text for each way in: the schemes with the roles they need; empty without any.
    private func security(of entry: RouteEntry) -> Set<String> {
        let own = root["paths"]?[entry.path]?[entry.method.rawValue.lowercased()]?["security"]
        return Set(
            (own ?? root["security"])?.elements.map { way in
                members(of: way).map { "\($0.name):" + $0.value.elements.map(\.text).joined(separator: "+") }
                    .joined(separator: ",")
            } ?? [])
    }

    private static func security(for access: Access) -> Set<String> {
        switch access {
        case .open, .proof(.signedAddress), .proof(.signedBody), .internal: []
        case .proof(.firstFrame): ["bearer:", ""]
        case .token: ["bearer:"]
        case .roles(let roles): Set(roles.map { "bearer:\($0.rawValue)" })
        case .scope(let scope, let roles): Set(roles.map { "bearer:\($0.rawValue)" } + ["service:\(scope)"])
        }
    }
}
