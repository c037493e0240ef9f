import Encodings
import Foundation

/// The sort key of the last item of a page, opaque to clients.
///
/// It names a position, not a row: it stays valid when that row goes. The parts are what the store sorts by, the most
/// significant first; `CursorParts` checks them when they come back, as anyone can make one.
public struct Cursor: Sendable, Hashable {
    public let parts: [String]

    public init(_ parts: [String]) {
        self.parts = parts
    }

    /// Reads what `description` wrote. Nil for anything else, and for text no store can hold.
    public init?(encoded text: String) {
        guard text.utf8.count <= 1_024, let data = Base64URL.decode(text),
            let parts = try? JSONDecoder().decode([String].self, from: data),
            !parts.contains(where: { $0.utf8.contains(0) })
        else { return nil }
        self.init(parts)
    }
}

extension Cursor: CustomStringConvertible {
    /// base64url (RFC 4648 §5) without padding.
    public var description: String { Base64URL.encode((try? JSONEncoder().encode(parts)) ?? Data()) }
}
