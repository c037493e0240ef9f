/// What a `Range` field asks for, held against a size (RFC 9110 §14).
public enum ByteRange: Equatable, Sendable {
    /// All of it: no range was asked for, or one that is to be ignored (§14.2).
    case whole
    case part(Range<Int64>)
    case notSatisfiable

    /// Other units, several ranges and malformed ones are ignored, as §14.2 lets a server do.
    public init(_ field: String?, size: Int64) {
        guard let field, field.utf8.count <= 256, field.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let parts = field.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.filter { $0 != " " && $0 != "\t" } }
        guard parts.count == 2 else {
            self = .whole
            return
        }
        switch (ByteRange.number(parts[0]), ByteRange.number(parts[1])) {
        case (.some(let first), .some(let last)) where first <= last:
            self = ByteRange.from(first, through: last, size: size)
        case (.some(let first), nil) where parts[1].isEmpty:
            self = ByteRange.from(first, through: .max - 1, size: size)
        case (nil, .some(let count)) where parts[0].isEmpty:
            self = count == 0 || size == 0 ? .notSatisfiable : .part(max(0, size - count)..<size)
        default:
            self = .whole
        }
    }

    private static func from(_ first: Int64, through last: Int64, size: Int64) -> ByteRange {
        first < size ? .part(first..<min(last + 1, size)) : .notSatisfiable
    }

    /// Digits alone; numbers beyond 18 digits are as good as the largest file.
    private static func number(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text).map { min($0, .max - 1) } ?? .max - 1
    }
}
