/// A table of bounded size: what is in use stays, what is not goes.
///
/// It holds two generations. When the young one is full the old one is dropped and they change places; what is found in
/// the old one moves to the young. So every step costs a look-up or two, at least the last half of `capacity` that were
/// used are there, and never more than all of it.
public struct RecentlyUsed<Key: Hashable, Value> {
    @usableFromInline var young: [Key: Value] = [:]
    @usableFromInline var old: [Key: Value] = [:]
    @usableFromInline let half: Int

    public init(capacity: Int) {
        half = max(1, capacity / 2)
    }

    public var count: Int { young.count + old.count }

    /// Looking is a use.
    @inlinable
    public mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    @inlinable
    public mutating func insert(_ value: Value, for key: Key) {
        if young.count >= half, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
        old[key] = nil
    }

    @inlinable
    public mutating func remove(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }
}

extension RecentlyUsed: Sendable where Key: Sendable, Value: Sendable {}
