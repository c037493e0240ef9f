public import DomainKit

/// How an upload is cut into parts: all of one size, but the last.
///
/// Stores take parts of 5 MiB to 5 GiB, and 10,000 of them. Here they are a few hundred: of 8 MiB, so that a phone that loses its
/// connection sends little twice, and twice as large as often as it takes.
public struct PartPlan: Sendable, Hashable {
    static let smallest: Int64 = 8 << 20
    static let most: Int64 = 500

    public let size: Int64
    public let partSize: Int64

    /// `size` is at least 1.
    public init(size: Int64) {
        var partSize = Self.smallest
        while partSize < size / Self.most { partSize *= 2 }
        self.init(size: size, partSize: partSize)
    }

    init(size: Int64, partSize: Int64) {
        self.size = max(1, size)
        self.partSize = max(1, partSize)
    }

    /// Nil for an upload whose bytes come otherwise.
    public init?(of upload: Upload) {
        guard let partSize = upload.partSize else { return nil }
        self.init(size: upload.size, partSize: partSize)
    }

    public var count: Int { Int((size - 1) / partSize) + 1 }

    public var sizes: [Int64] { (1...count).map { size(ofPart: $0) } }

    /// Of a number from 1 to `count`.
    public func size(ofPart number: Int) -> Int64 {
        number < count ? partSize : size - Int64(count - 1) * partSize
    }

    /// Fails: `platform.invalid-input` for a number that is none of these, or there twice.
    public func require(_ numbers: [Int], at pointer: (Int) -> String) throws(Failure) {
        var (check, seen) = (Validation(), Set<Int>())
        for (place, number) in numbers.enumerated() {
            _ = check(pointer(place)) { () throws(Violation) in
                guard (1...count).contains(number) else {
                    throw Violation(code: "out-of-range", detail: "must be a part of 1 to \(count)")
                }
                guard seen.insert(number).inserted else {
                    throw Violation(code: "duplicate-item", detail: "must be there once")
                }
            }
        }
        try check.done()
    }

    /// The stored parts that `told` names, if these are all there are to be, as they were put.
    ///
    /// Fails: `platform.invalid-input` for numbers; `video.parts-refused` with everything that is missing or another part.
    func parts(_ told: [ToldPart], among stored: [MediaPart]) throws(Failure) -> [MediaPart] {
        try require(told.map(\.number)) { "/parts/\($0)/number" }
        let known = Dictionary(stored.map { ($0.number, $0) }) { $1 }
        var violations: [Violation] = []
        for number in Set(1...count).subtracting(told.map(\.number)).sorted() {
            violations.append(Violation(pointer: "/parts", code: "missing-part", detail: "Part \(number) is missing."))
        }
        for (place, part) in told.enumerated() {
            guard let stored = known[part.number] else {
                violations.append(
                    Violation(pointer: "/parts/\(place)/number", code: "not-stored", detail: "It is not stored."))
                continue
            }
            if stored.etag != part.etag || stored.size != size(ofPart: part.number) {
                violations.append(
                    Violation(pointer: "/parts/\(place)/etag", code: "other-part", detail: "Another part is stored."))
            }
        }
        guard violations.isEmpty else { throw .partsRefused(violations) }
        return told.map(\.number).sorted().compactMap { known[$0] }
    }
}

/// A part as its sender tells of it.
public struct ToldPart: Sendable, Hashable {
    public let number: Int
    /// Without quotes.
    public let etag: String

    /// Takes the etag with quotes and without.
    public init(number: Int, etag: String) {
        self.number = number
        let isQuoted = etag.utf8.count >= 2 && etag.utf8.first == 0x22 && etag.utf8.last == 0x22
        self.etag = isQuoted ? String(etag.unicodeScalars.dropFirst().dropLast()) : etag
    }
}
