import DomainKit
import Logging
import Postgres
import Synchronization

/// A page of the `page.limit + 1` rows that were asked for. A row this version cannot read, as an older replica meets in
/// every rollout, costs itself and not the page: the next one begins behind it all the same.
func knownRows<Item>(
    _ rows: PostgresRows, _ page: PageRequest, key: (PostgresRow) throws -> Cursor,
    read: (PostgresRow) throws -> Item?
) throws -> Page<Item> {
    let shown = Array(rows.prefix(page.limit))
    let next = rows.count > page.limit ? try shown.last.map(key) : nil
    return Page(items: try shown.compactMap(read), next: next)
}

/// The case a stored name stands for. Nil for a name this version does not have, which the log is told once.
func known<Value: RawRepresentable>(_ name: String) -> Value? where Value.RawValue == String {
    if let value = Value(rawValue: name) { return value }
    let isNew = toldNames.withLock { $0.count < 100 && $0.insert("\(Value.self).\(name)").inserted }
    if isNew { logger.warning("rows left out", metadata: ["type": "\(Value.self)", "name": "\(name)"]) }
    return nil
}

private let toldNames = Mutex<Set<String>>([])
private let logger = Logger(label: "video-storage")
