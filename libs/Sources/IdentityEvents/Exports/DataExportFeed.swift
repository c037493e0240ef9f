public import Foundation

/// Somebody's export, as far as the calling service has come with its part of it.
public struct ExportTask: Sendable, Hashable {
    public let id: UUID
    public let userID: UUID
    /// The number of the next piece, from 0.
    public let next: Int
    /// What the service gave along with its last piece, to go on from; nil at the beginning.
    public let place: String?

    public init(id: UUID, userID: UUID, next: Int, place: String?) {
        self.id = id
        self.userID = userID
        self.next = next
        self.place = place
    }
}

/// Some of what a service has of somebody: a file of the archive.
public struct ExportPiece: Sendable, Hashable {
    /// What the file has, `messages`, as `isKind` has it. Files of one kind are told apart by their numbers.
    public let kind: String
    /// JSON, of `ExportPiece.largest` bytes at most.
    public let content: Data
    /// Where the next piece begins; nil when this is the last one.
    public let place: String?

    /// Whether it names a kind: 1 to 40 of `a-z`, `-`.
    public static func isKind(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }

    /// A mebibyte, and room for one row more.
    public static let largest = 2 * 1_024 * 1_024

    /// Another kind than `isKind` has would be refused each time it is given: tests stop here.
    public init(kind: String, content: Data, place: String?) {
        assert(Self.isKind(kind), "no kind of an export: \(kind)")
        self.kind = kind
        self.content = content
        self.place = place
    }
}

/// The exports that people have asked for and a service has not given its part to. The state of the work is user-service's: a
/// service that is killed asks again, and goes on with the piece that is missing.
public protocol DataExportFeed: Sendable {
    /// Some of those that the calling service has to do with.
    func exports() async throws -> [ExportTask]

    /// Gives a piece. One that is there already under its number stays, and this one is dropped.
    func give(_ piece: ExportPiece, number: Int, to export: UUID) async throws
}
