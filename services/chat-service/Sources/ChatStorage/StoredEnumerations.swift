import ChatDomain
import DomainKit
import Metrics

/// Enumeration values as the tables have them. A newer program may have stored one that this one does not know: the
/// row is passed over and counted.
private let unknownValues = Counter(label: "chat_unknown_values_total")

extension Room.Kind {
    init?(stored text: String) {
        guard let kind = Room.Kind(rawValue: text) else {
            unknownValues.increment()
            return nil
        }
        self = kind
    }
}

extension RoomRole {
    init?(stored text: String) {
        guard let role = RoomRole(rawValue: text) else {
            unknownValues.increment()
            return nil
        }
        self = role
    }
}

extension Page {
    /// Without the items that are nil for `transform`; the next page begins where it would have begun with them.
    func compactMap<Other>(_ transform: (Item) -> Other?) -> Page<Other> {
        Page<Other>(items: items.compactMap(transform), next: next)
    }
}
