public import Foundation

/// Takes the parts of a cursor that came back, in order. Anyone can make a cursor, so each part is checked here and in no
/// service: that it is there, has the form we write, and stands for a value a store can hold.
///
/// ```swift
/// var parts = CursorParts(cursor)
/// let (after, id) = (try parts.date(), try parts.id(of: Video.self))
/// try parts.done()
/// ```
/// Every read fails with `Failure.invalidCursor`.
public struct CursorParts {
    /// What a date's part counts.
    public enum Unit: Int64, Sendable {
        case milliseconds = 1_000
        case microseconds = 1_000_000
    }

    private var rest: ArraySlice<String>

    public init(_ cursor: Cursor) {
        rest = cursor.parts[...]
    }

    /// A whole number, written as we write it: no plus, no leading zero, no `-0`.
    public mutating func integer(in range: ClosedRange<Int64> = .min ... .max) throws(Failure) -> Int64 {
        let text = try text()
        guard let value = Int64(text), range.contains(value), String(value) == text else { throw .invalidCursor }
        return value
    }

    /// A time of the years 1 to 9999 as `Cursor.part` wrote it.
    public mutating func date(in unit: Unit = .microseconds) throws(Failure) -> Date {
        let (first, last) = (Int64(RFC3339.seconds.lowerBound), Int64(RFC3339.seconds.upperBound))
        let value = try integer(in: first * unit.rawValue...(last + 1) * unit.rawValue - 1)
        return Date(timeIntervalSince1970: Double(value) / Double(unit.rawValue))
    }

    public mutating func id<Entity>(of entity: Entity.Type = Entity.self) throws(Failure) -> ID<Entity> {
        guard let id = ID<Entity>(try text()) else { throw .invalidCursor }
        return id
    }

    /// Any text; a store may look for it, for it has no U+0000.
    public mutating func text() throws(Failure) -> String {
        guard let part = rest.popFirst() else { throw .invalidCursor }
        return part
    }

    /// Fails when there are parts nobody asked for.
    public func done() throws(Failure) {
        guard rest.isEmpty else { throw .invalidCursor }
    }
}

extension Cursor {
    /// A time as a part; the nearest one there is for a time outside the years 1 to 9999.
    public static func part(_ date: Date, in unit: CursorParts.Unit = .microseconds) -> String {
        let latest = Date(timeIntervalSince1970: RFC3339.seconds.upperBound)
        let near = date > latest ? latest : date
        return switch unit {
        case .milliseconds: String(RFC3339.milliseconds(of: near))
        case .microseconds: String(RFC3339.microseconds(of: near))
        }
    }
}

extension Failure {
    /// A cursor that is none of this list.
    public static let invalidCursor = Failure.invalid([
        Violation(pointer: "?cursor", code: "invalid-cursor", detail: "This cursor is not one of ours.")
    ])
}
