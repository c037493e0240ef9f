import Foundation

/// The sort key of the last item of a page, opaque to clients.
///
/// It names a position, not a row: it stays valid when that row goes. The parts are what the store sorts by, the most
/// significant first; a store must check them when they come back, as anyone can make one.
public struct Cursor: Sendable, Hashable {
    public let parts: [String]

    public init(_ parts: [String]) {
        self.parts = parts
    }

    /// Reads what `description` wrote. Nil for anything else.
    public init?(encoded text: String) {
        guard text.utf8.count <= 1_024 else { return nil }
        var base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: base64),
            let parts = try? JSONDecoder().decode([String].self, from: data)
        else { return nil }
        self.init(parts)
    }
}

extension Cursor: CustomStringConvertible {
    /// base64url (RFC 4648 §5) without padding.
    public var description: String {
        let data = (try? JSONEncoder().encode(parts)) ?? Data()
        return data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}
