public import Foundation

/// The public halves of the keys that sign access tokens, for everybody to verify them with.
public protocol PublishedKeys: Sendable {
    /// Those that sign, that will sign next, and that signed tokens which have not expired. Empty until they are loaded.
    func published() -> [PublishedKey]
}

/// A public key on the curve P-256.
public struct PublishedKey: Sendable, Hashable {
    public let id: String
    /// 32 octets each.
    public let x: Data
    public let y: Data

    public init(id: String, x: Data, y: Data) {
        self.id = id
        self.x = x
        self.y = y
    }
}
