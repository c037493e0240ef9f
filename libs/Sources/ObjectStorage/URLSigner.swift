public import Crypto
import Encodings
public import Foundation

/// Signed URLs of a store that is served by ourselves: `<base>/<key>?expires=&type=&name=&holder=&signature=` to read an
/// object, `<base>/<key>?expires=&upload=&part=&size=&signature=` to put a part of one.
///
/// HMAC-SHA-256 over all that is said; who serves the URL needs the secret and no database.
public struct URLSigner: Sendable {
    /// What a valid signed URL allows.
    public struct Grant: Sendable, Hashable {
        public var key: ObjectKey
        public var presentation: Presentation
        /// Whom the URL was made for, as that was said then; nil for nobody in particular.
        public var holder: String?
        public var expiry: Date
    }

    /// The part that a valid signed URL lets its holder put.
    public struct Part: Sendable, Hashable {
        public var number: Int
        public var upload: ObjectUpload
        /// Bytes, exactly.
        public var size: Int64

        public init(number: Int, upload: ObjectUpload, size: Int64) {
            self.number = number
            self.upload = upload
            self.size = size
        }
    }

    public enum Refusal: Error, Sendable, Hashable {
        /// Not made by this secret, or changed since.
        case invalid
        case expired
    }

    /// What the query of a signed URL has, and nothing else.
    public static let parameters: Set<String> = ["expires", "type", "name", "holder", "signature"]

    /// What that of one has that lets its holder put a part.
    public static let partParameters: Set<String> = ["expires", "upload", "part", "size", "signature"]

    private let base: String
    private let secret: SymmetricKey

    /// `base` without a trailing slash.
    public init(base: String, secret: SymmetricKey) {
        self.base = base
        self.secret = secret
    }

    public func url(
        for key: ObjectKey, as presentation: Presentation, to holder: String? = nil, until expiry: Date
    ) -> String {
        let seconds = seconds(expiry)
        var url = "\(base)/\(key)?expires=\(seconds)&type=\(escaped(presentation.contentType))"
        if let filename = presentation.filename { url += "&name=\(escaped(filename))" }
        if let holder { url += "&holder=\(escaped(holder))" }
        return url + "&signature=" + signature(message(key, presentation, holder, seconds))
    }

    public func url(for part: Part, until expiry: Date) -> String {
        let seconds = seconds(expiry)
        return "\(base)/\(part.upload.key)?expires=\(seconds)&upload=\(escaped(part.upload.id))&part=\(part.number)"
            + "&size=\(part.size)&signature=" + signature(message(part, seconds))
    }

    /// Checks what came in: `path` is what follows the base and its slash, `query` what follows the question mark.
    ///
    /// The signature is compared in constant time and before the expiry, so that nothing is learnt from a forged one.
    public func verify(path: some StringProtocol, query: some StringProtocol, now: Date) throws(Refusal) -> Grant {
        let values = parameters(query)
        guard let key = ObjectKey(String(path)),
            let seconds = values["expires"].flatMap({ Int64($0) }),
            let type = values["type"],
            let signature = values["signature"].flatMap({ Base64URL.decode($0) })
        else { throw .invalid }
        let presentation = Presentation(contentType: type, filename: values["name"])
        let holder = values["holder"]
        let expiry = try check(signature, of: message(key, presentation, holder, seconds), seconds, now)
        return Grant(key: key, presentation: presentation, holder: holder, expiry: expiry)
    }

    /// As `verify(path:query:now:)`, for what lets its holder put a part.
    public func verifyPart(path: some StringProtocol, query: some StringProtocol, now: Date) throws(Refusal) -> Part {
        let values = parameters(query)
        guard let key = ObjectKey(String(path)), let id = values["upload"],
            let seconds = values["expires"].flatMap({ Int64($0) }),
            let number = values["part"].flatMap({ Int($0) }), let size = values["size"].flatMap({ Int64($0) }),
            let signature = values["signature"].flatMap({ Base64URL.decode($0) })
        else { throw .invalid }
        let part = Part(number: number, upload: ObjectUpload(key: key, id: id), size: size)
        _ = try check(signature, of: message(part, seconds), seconds, now)
        return part
    }

    /// The expiry.
    private func check(
        _ signature: Data, of message: Data, _ seconds: Int64, _ now: Date
    ) throws(Refusal) -> Date {
        guard HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: message, using: secret) else {
            throw .invalid
        }
        let expiry = Date(timeIntervalSince1970: Double(seconds))
        guard now < expiry else { throw .expired }
        return expiry
    }

    /// A time that no number of seconds names is over: the URL is then one that has expired.
    private func seconds(_ expiry: Date) -> Int64 {
        Int64(exactly: expiry.timeIntervalSince1970.rounded(.down)) ?? 0
    }

    private func signature(_ message: Data) -> String {
        Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: message, using: secret)))
    }

    private func message(_ part: Part, _ seconds: Int64) -> Data {
        let id = part.upload.id
        return Data("put 1\n\(part.upload.key)\n\(seconds)\n\(id.utf8.count):\(id)\n\(part.number)\n\(part.size)".utf8)
    }

    /// Lengths keep one part from running into the next.
    private func message(
        _ key: ObjectKey, _ presentation: Presentation, _ holder: String?, _ seconds: Int64
    ) -> Data {
        let name = presentation.filename.map { "\($0.utf8.count):\($0)" } ?? "-"
        let type = presentation.contentType
        let shown = "\(key)\n\(seconds)\n\(type.utf8.count):\(type)\n\(name)"
        guard let holder else { return Data("get 1\n\(shown)".utf8) }
        return Data("get 2\n\(shown)\n\(holder.utf8.count):\(holder)".utf8)
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
