import Encodings
public import Foundation

/// What tells a device that has signed in before from a stranger's: a digest, as it is stored.
public typealias DeviceMark = Data

/// The secret by which a device is known again at its next sign-in. It opens nothing: it gives the device a budget of wrong
/// passwords of its own, so that nobody else can use up its owner's.
public struct DeviceToken: Sendable, Hashable {
    /// Signing in on one more makes the account forget the one not seen longest.
    public static let mostPerUser = 100
    /// Known for so long after its last sign-in; browsers keep no cookie longer (RFC 6265bis §5.5).
    public static let days = 400

    /// 256 bit.
    public let secret: Data

    public init(secret: Data) {
        self.secret = secret
    }
}

extension DeviceToken: LosslessStringConvertible {
    /// Starts every device token, so that scanners for leaked secrets can know one.
    private static let mark = "hdt_"

    /// Accepts only what `description` writes.
    public init?(_ text: String) {
        guard text.utf8.count == 47, text.hasPrefix(Self.mark),
            let secret = Base64URL.decode(text.dropFirst(Self.mark.count)), secret.count == 32
        else { return nil }
        self.init(secret: secret)
    }

    public var description: String { Self.mark + Base64URL.encode(secret) }
}
