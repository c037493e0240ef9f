public import DomainKit
import Logging
import Metrics
public import Postgres
import Synchronization

/// The case a stored name stands for. Nil for a name this version does not have, as an older replica meets in every
/// rollout: counted (`unknown_values_total`), and told to the log once.
///
/// What reads a row passes the row over then: it costs itself and not the list it stands in.
public func known<Value: RawRepresentable>(_ name: String) -> Value? where Value.RawValue == String {
    if let value = Value(rawValue: name) { return value }
    let type = String(reflecting: Value.self).split(separator: ".").dropFirst().joined(separator: ".")
    Counter(label: "unknown_values_total", dimensions: [("type", type)]).increment()
    let isNew = toldNames.withLock { $0.count < 100 && $0.insert("\(type).\(name)").inserted }
    if isNew { logger.warning("rows left out", metadata: ["type": "\(type)", "name": "\(name)"]) }
    return nil
}

/// A page of the `page.limit + 1` rows that were asked for, without those that are nil for `read`. The next page begins
/// where it would have begun with them.
public func knownRows<Item>(
    _ rows: PostgresRows, _ page: PageRequest, key: (PostgresRow) throws -> Cursor,
    read: (PostgresRow) throws -> Item?
) throws -> Page<Item> {
    let shown = Array(rows.prefix(page.limit))
    let next = rows.count > page.limit ? try shown.last.map(key) : nil
    return Page(items: try shown.compactMap(read), next: next)
}

private let toldNames = Mutex<Set<String>>([])
private let logger = Logger(label: "storage")
