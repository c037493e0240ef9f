internal import Encodings
public import Foundation

/// What both sides of one-time passwords know: 16 to 64 bytes at random (RFC 4226 §4, requirement 6).
///
/// It prints itself as nothing, so that no log learns it by accident.
public struct OneTimeSecret: Sendable {
    public let bytes: Data

    /// A new one of 160 bits, which RFC 4226 recommends.
    public init() {
        var random = SystemRandomNumberGenerator()
        bytes = Data((0..<20).map { _ in random.next() as UInt8 })
    }

    /// Nil for less than 16 or more than 64 bytes.
    public init?(bytes: Data) {
        guard 16...64 ~= bytes.count else { return nil }
        self.bytes = Data(bytes)
    }

    /// Nil for what `base32` never is: strictly the alphabet of RFC 4648 §6 in upper case, without padding.
    public init?(base32: String) {
        guard base32.utf8.count <= 104, let bytes = Base32.decode(base32) else { return nil }
        self.init(bytes: bytes)
    }

    /// As people type it into an app that cannot read the picture.
    public var base32: String { Base32.encode(bytes) }
}

extension OneTimeSecret: CustomStringConvertible, CustomReflectable {
    public var description: String { "OneTimeSecret" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
