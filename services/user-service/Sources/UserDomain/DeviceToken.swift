public import Foundation

/// What tells a device that has signed in before from a stranger's: a digest, as it is stored.
public typealias DeviceMark = Data

/// The secret by which a device is known again at its next sign-in. It opens nothing: it gives the device a budget of wrong
/// passwords of its own, so that nobody else can use up its owner's.
public struct DeviceToken: MarkedToken {
    /// Signing in on one more makes the account forget the one not seen longest.
    public static let mostPerUser = 100
    /// Known for so long after its last sign-in; browsers keep no cookie longer (RFC 6265bis §5.5).
    public static let days = 400

    public static let mark = "hdt_"

    public let secret: Data

    public init(secret: Data) {
        self.secret = secret
    }
}
