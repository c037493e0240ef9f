import Foundation

/// The table of `docs/operations.md` that says what `/readyz` answers while a dependency is away.
public enum ReadinessTable {
    public enum Verdict: Sendable, Equatable {
        /// 503: nothing can be done without it.
        case notReady
        /// 200, and named.
        case degraded
    }

    /// The column of `service` by the name of the check, without what the service does not ask for.
    ///
    /// Fails: `CocoaError` when the document cannot be read, has no such table, or says anything else in it.
    public static func verdicts(for service: String) throws -> [String: Verdict] {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appending(path: "docs/operations.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").drop { !$0.hasPrefix("| away |") }.prefix { $0.hasPrefix("|") }
            .map(cells)
        guard let column = rows.first?.firstIndex(of: service) else { throw CocoaError(.fileReadCorruptFile) }
        var found: [String: Verdict] = [:]
        // Behind the names of the columns and the line under them.
        for row in rows.dropFirst(2) {
            let name = row[0].split(separator: "`", omittingEmptySubsequences: false)
            guard name.count > 1, row.indices.contains(column) else { throw CocoaError(.fileReadCorruptFile) }
            found[String(name[1])] = try verdict(row[column])
        }
        return found
    }

    private static func cells(_ row: Substring) -> [String] {
        row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// Nil where nothing is asked for: the service does not have it, or does not notice.
    private static func verdict(_ cell: String) throws -> Verdict? {
        if cell.isEmpty || cell == "200" { return nil }
        if cell.hasPrefix("503") { return .notReady }
        guard cell.hasPrefix("200, degraded") else { throw CocoaError(.fileReadCorruptFile) }
        return .degraded
    }
}
