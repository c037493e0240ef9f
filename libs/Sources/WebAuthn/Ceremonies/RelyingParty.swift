internal import Crypto
internal import Foundation

/// A web site that knows people by their passkeys, and its half of WebAuthn (levels 2 and 3).
///
/// It keeps nothing. Challenges and passkeys are given in, what is to be kept comes out. Ceremonies are checked whole, in the
/// order of level 3 §7.1 and §7.2, and stop at the first thing that is wrong.
public struct RelyingParty: Sendable {
    /// Whether the owner's PIN or body is asked for.
    public enum UserVerification: String, Sendable, Hashable, Encodable {
        /// A passkey then counts as two factors.
        case required
        case preferred
        case discouraged
    }

    /// The domain that passkeys are bound to. Another one makes all of them useless.
    public let id: String
    /// What authenticators show.
    public let name: String
    /// The pages that may ask, each as browsers write it: `https://example.com`, `https://a.example.com:8443`.
    public let origins: Set<String>
    public let userVerification: UserVerification
    /// The wanted ones, the best first.
    public let algorithms: [SignatureAlgorithm]

    /// Fails: an id that is no domain name in lower case (an address never is), and an origin that browsers would not let use
    /// it: another host than `id` and those below it, and anything but HTTPS except on `localhost`.
    public init(
        id: String, name: String, origins: Set<String>, userVerification: UserVerification = .required,
        algorithms: [SignatureAlgorithm] = [.es256, .eddsa]
    ) throws(UnusableRelyingParty) {
        guard Self.isDomain(id) else { throw UnusableRelyingParty("\(id) is no domain name") }
        guard !origins.isEmpty, !algorithms.isEmpty else { throw UnusableRelyingParty("no origin or no algorithm") }
        for origin in origins {
            let (serialized, host) = try Self.origin(of: origin)
            guard serialized == origin else { throw UnusableRelyingParty("\(origin) is written \(serialized)") }
            guard host == id || host.hasSuffix(".\(id)") else {
                throw UnusableRelyingParty("\(origin) may not ask for passkeys of \(id)")
            }
        }
        self.id = id
        self.name = name
        self.origins = origins
        self.userVerification = userVerification
        self.algorithms = algorithms
    }

    /// The site at one URL: its host is the id, its origin the only one. The path does not matter.
    public init(
        url: String, name: String, userVerification: UserVerification = .required
    ) throws(UnusableRelyingParty) {
        let (origin, host) = try Self.origin(of: url)
        try self.init(id: host, name: name, origins: [origin], userVerification: userVerification)
    }

    /// What authenticators know it by.
    var idHash: Data { Data(SHA256.hash(data: Data(id.utf8))) }

    /// By the rules of URLs: lower case, and no port where it is the usual one.
    private static func origin(of url: String) throws(UnusableRelyingParty) -> (serialized: String, host: String) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            let host = parts.encodedHost?.lowercased(), parts.user == nil, Self.isDomain(host),
            scheme == "https" || scheme == "http" && (host == "localhost" || host.hasSuffix(".localhost"))
        else { throw UnusableRelyingParty("\(url) is no HTTPS address of a domain") }
        let usual = scheme == "https" ? 443 : 80
        let port = parts.port.map { $0 == usual ? "" : ":\($0)" } ?? ""
        return ("\(scheme)://\(host)\(port)", host)
    }

    private static func isDomain(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253 && !labels.last!.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            && labels.allSatisfy { label in
                1...63 ~= label.utf8.count && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy(isOfDomains)
            }
    }

    private static func isOfDomains(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

/// Settings with which no browser would do a ceremony.
public struct UnusableRelyingParty: Error, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
