import HTTPTypes

/// Every route of a service with who may call it.
public struct AccessTable: Sendable, Equatable {
    public struct Line: Sendable, Hashable {
        public let route: RouteEntry
        public let access: Access

        package init(route: RouteEntry, access: Access) {
            self.route = route
            self.access = access
        }
    }

    /// In the order of paths.
    public let lines: [Line]

    package init(_ lines: [Line]) {
        self.lines = lines.sorted { $0.route < $1.route }
    }

    /// The routes of both ports.
    public static func + (left: AccessTable, right: AccessTable) -> AccessTable {
        AccessTable(left.lines + right.lines)
    }

    public var routes: [RouteEntry] { lines.map(\.route) }

    /// One line a route, in columns; the same for the same routes, whatever the order they were added in.
    public var text: String {
        let widest = lines.map(\.access.description.count).max() ?? 0
        return lines.map { line in
            "\(Self.padded(line.access.description, max(22, widest))) \(Self.padded(line.route.method.rawValue, 7)) \(line.route.path)\n"
        }.joined()
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
