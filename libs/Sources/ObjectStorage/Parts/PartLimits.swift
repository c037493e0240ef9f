/// What a store takes as parts.
public struct PartLimits: Sendable, Hashable {
    /// Bytes of every part but the last.
    public var smallest: Int64
    public var largest: Int64
    /// The highest number.
    public var most: Int

    public init(smallest: Int64, largest: Int64, most: Int) {
        self.smallest = smallest
        self.largest = largest
        self.most = most
    }

    /// Of S3, and of whatever wants to be taken for it.
    public static let s3 = PartLimits(smallest: 5 << 20, largest: 5 << 30, most: 10_000)

    /// Fails: `badPart`.
    public func check(_ number: Int, _ size: Int64) throws(ObjectStoreError) {
        guard (1...most).contains(number), (0...largest).contains(size) else {
            throw .badPart(number: number, reason: "must be of 1 to \(most), with at most \(largest) bytes")
        }
    }

    /// What must be so of a whole list, whatever was put. Fails: `badPart`.
    public func check(_ parts: [ObjectPart]) throws(ObjectStoreError) {
        if parts.isEmpty { throw .badPart(number: 0, reason: "is missing: there is none at all") }
        for (part, next) in zip(parts, parts.dropFirst()) {
            guard part.number < next.number else {
                throw .badPart(number: next.number, reason: "must come before part \(part.number), and once")
            }
            guard part.size >= smallest else {
                throw .badPart(number: part.number, reason: "has fewer than \(smallest) bytes and is not the last")
            }
        }
        for part in parts { try check(part.number, part.size) }
    }
}
