import Foundation
public import IdentityEvents

extension ExportPiece {
    /// Rows that a service looks for at a time.
    public static let rowsAtATime = 1_000
    private static let fullAt = 1_024 * 1_024

    /// A JSON array of the first of `rows`, as many as make a piece.
    ///
    /// - Parameters:
    ///   - rows: each as JSON, with the place behind it. As many as `rowsAtATime` mean that there may be more.
    ///   - next: where to go on behind the last row there is; nil ends the service's part.
    public init(_ kind: String, rows: [(json: String, place: String)], next: String?) {
        var content = Data("[".utf8)
        var place: String?
        for (index, row) in rows.enumerated() {
            if index > 0 { content.append(contentsOf: ",\n".utf8) }
            content.append(contentsOf: row.json.utf8)
            let isLast = index == rows.count - 1
            if content.count >= Self.fullAt || (isLast && rows.count >= Self.rowsAtATime) {
                place = row.place
                break
            }
        }
        content.append(contentsOf: "]\n".utf8)
        self.init(kind: kind, content: content, place: place ?? next)
    }
}
