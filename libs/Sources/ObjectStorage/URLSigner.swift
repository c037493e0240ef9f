public import Crypto
public import Foundation

/// Signed URLs of a store that is served by ourselves: `<base>/<key>?expires=&type=&name=&signature=`.
///
/// HMAC-SHA-256 over key, expiry and presentation; who serves the URL needs the secret and no database.
public struct URLSigner: Sendable {
    /// What a valid signed URL allows.
    public struct Grant: Sendable, Hashable {
        public var key: ObjectKey
        public var presentation: Presentation
        public var expiry: Date
    }

    public enum Refusal: Error, Sendable, Hashable {
        /// Not made by this secret, or changed since.
        case invalid
        case expired
    }

    /// What the query of a signed URL has, and nothing else.
    public static let parameters: Set<String> = ["expires", "type", "name", "signature"]

    private let base: String
    private let secret: SymmetricKey

    /// `base` without a trailing slash.
    public init(base: String, secret: SymmetricKey) {
        self.base = base
        self.secret = secret
    }

    public func url(for key: ObjectKey, as presentation: Presentation, until expiry: Date) -> String {
        // A time that no number of seconds names is over: the URL is then one that has expired.
        let seconds = Int64(exactly: expiry.timeIntervalSince1970.rounded(.down)) ?? 0
        var url = "\(base)/\(key)?expires=\(seconds)&type=\(escaped(presentation.contentType))"
        if let filename = presentation.filename { url += "&name=\(escaped(filename))" }
        return url + "&signature=" + base64url(code(key, presentation, seconds))
    }

    /// Checks what came in: `path` is what follows the base and its slash, `query` what follows the question mark.
    ///
    /// The signature is compared in constant time and before the expiry, so that nothing is learnt from a forged one.
    public func verify(path: some StringProtocol, query: some StringProtocol, now: Date) throws(Refusal) -> Grant {
        let values = parameters(query)
        guard let key = ObjectKey(String(path)),
            let seconds = values["expires"].flatMap({ Int64($0) }),
            let type = values["type"],
            let signature = values["signature"].flatMap({ base64urlDecoded($0) })
        else { throw .invalid }
        let presentation = Presentation(contentType: type, filename: values["name"])
        let message = message(key, presentation, seconds)
        guard HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: message, using: secret) else {
            throw .invalid
        }
        let expiry = Date(timeIntervalSince1970: Double(seconds))
        guard now < expiry else { throw .expired }
        return Grant(key: key, presentation: presentation, expiry: expiry)
    }

    private func code(_ key: ObjectKey, _ presentation: Presentation, _ seconds: Int64) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message(key, presentation, seconds), using: secret))
    }

    /// Lengths keep one part from running into the next.
    private func message(_ key: ObjectKey, _ presentation: Presentation, _ seconds: Int64) -> Data {
        let name = presentation.filename.map { "\($0.utf8.count):\($0)" } ?? "-"
        let type = presentation.contentType
        return Data("get 1\n\(key)\n\(seconds)\n\(type.utf8.count):\(type)\n\(name)".utf8)
    }

    /// The first of a repeated name counts for nothing: a repeated name makes the URL invalid.
    private func parameters(_ query: some StringProtocol) -> [String: String] {
        var values: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = String(parts[1]).removingPercentEncoding,
                values.updateValue(value, forKey: String(parts[0])) == nil
            else { return [:] }
        }
        return values
    }
}

private let unreserved = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")

private func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
}

private func base64url(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
        .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
}

private func base64urlDecoded(_ text: String) -> Data? {
    guard text.utf8.count <= 64 else { return nil }
    let base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    return Data(base64Encoded: base64 + String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4))
}
