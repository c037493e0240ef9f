/// What an `IDENTITY_URL` that cannot be used is refused with.
public struct UnusableIdentityURL: Error, CustomStringConvertible {
    public let url: String
    public var description: String { "not an https URL, nor http to this machine: \(url)" }

    /// The address without slashes at its end, so that paths can follow.
    static func usable(_ url: String, allowsPlaintext: Bool) throws(UnusableIdentityURL) -> String {
        guard IssuerClient.mayAsk(url, allowsPlaintext: allowsPlaintext) else { throw UnusableIdentityURL(url: url) }
        return String(url.reversed().drop { $0 == "/" }.reversed())
    }
}
