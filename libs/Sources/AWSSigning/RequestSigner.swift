internal import Crypto
internal import Encodings
public import Foundation

/// Signs requests to one service in one region by Signature Version 4, in a field or in the query.
///
/// Knows no service: who calls says what goes into the request, and sends it exactly as it was signed.
public struct RequestSigner: Sendable {
    /// What becomes of the path before it is signed.
    public enum PathRule: Sendable, Hashable {
        /// Dot segments and empty ones go, and the rest is encoded once more: every service but S3.
        case normalized
        /// Encoded once more, and otherwise as it is.
        case unnormalized
        /// As it is on the request line: S3, whose keys may be anything.
        case verbatim
    }

    public let region: String
    public let service: String
    public let pathRule: PathRule

    public init(region: String, service: String, pathRule: PathRule = .normalized) {
        self.region = region
        self.service = service
        self.pathRule = pathRule
    }

    /// The fields to add to `request`: `X-Amz-Date`, `Authorization`, `X-Amz-Security-Token` where the credentials have
    /// one, and `x-amz-content-sha256` where `sendsPayloadHash`, as S3 demands.
    public func headers(
        signing request: SignableRequest, payload: PayloadHash, sendsPayloadHash: Bool = false,
        with credentials: AWSCredentials, at date: Date
    ) -> [SignableRequest.Pair] {
        let moment = SigningMoment(date)
        return signed(request, payload, sendsPayloadHash, credentials, moment).headers
    }

    /// As `headers`, of a request whose body comes in chunks, each signed by what is returned with them. S3 wants
    /// `Content-Encoding: aws-chunked` and `x-amz-decoded-content-length` among the fields of `request`.
    public func chunkedHeaders(
        signing request: SignableRequest, with credentials: AWSCredentials, at date: Date
    ) -> (headers: [SignableRequest.Pair], chunks: ChunkSigner) {
        let moment = SigningMoment(date)
        let (headers, signature) = signed(request, .chunks, true, credentials, moment)
        let chunks = ChunkSigner(
            key: key(moment, credentials), moment: moment, scope: scope(moment), seed: signature)
        return (headers, chunks)
    }

    private func signed(
        _ request: SignableRequest, _ payload: PayloadHash, _ sendsPayloadHash: Bool, _ credentials: AWSCredentials,
        _ moment: SigningMoment
    ) -> (headers: [SignableRequest.Pair], signature: String) {
        var added: [SignableRequest.Pair] = [("X-Amz-Date", moment.text)]
        if let token = credentials.sessionToken { added.append(("X-Amz-Security-Token", token)) }
        if sendsPayloadHash { added.append(("x-amz-content-sha256", payload.text)) }
        var signed = request
        signed.headers += added
        let canonical = CanonicalRequest(signed, path: canonicalPath(request.path), payload: payload)
        let signature = signature(of: canonical, moment, credentials)
        let value =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(moment)), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        return (added + [("Authorization", value)], signature)
    }

    /// The query of a URL that needs no other right, for as long as it holds and the credentials do.
    ///
    /// `lifetime` is cut to between a second and seven days, the longest there is. Whoever uses the URL has to send the
    /// fields of `request.headers` with the same values. S3 wants `.unsigned` for the payload.
    public func query(
        signing request: SignableRequest, payload: PayloadHash = .unsigned, with credentials: AWSCredentials,
        at date: Date, lifetime: Duration
    ) -> String {
        let moment = SigningMoment(date)
        var signed = request
        signed.query += [
            ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(moment))"),
            ("X-Amz-Date", moment.text), ("X-Amz-Expires", "\(min(max(lifetime.components.seconds, 1), 604_800))"),
            ("X-Amz-SignedHeaders", CanonicalRequest.names(of: request)),
        ]
        if let token = credentials.sessionToken { signed.query.append(("X-Amz-Security-Token", token)) }
        let canonical = CanonicalRequest(signed, path: canonicalPath(request.path), payload: payload)
        return CanonicalRequest.query(signed.query) + "&X-Amz-Signature="
            + signature(of: canonical, moment, credentials)
    }

    private static let algorithm = "AWS4-HMAC-SHA256"

    private func canonicalPath(_ path: String) -> String {
        let whole = path.isEmpty ? "/" : path
        return switch pathRule {
        case .normalized: URIEncoding.encode(URIEncoding.normalized(whole), keepingSlashes: true)
        case .unnormalized: URIEncoding.encode(whole, keepingSlashes: true)
        case .verbatim: whole
        }
    }

    private func scope(_ moment: SigningMoment) -> String {
        "\(moment.day)/\(region)/\(service)/aws4_request"
    }

    private func signature(
        of canonical: CanonicalRequest, _ moment: SigningMoment, _ credentials: AWSCredentials
    ) -> String {
        let text =
            "\(Self.algorithm)\n\(moment.text)\n\(scope(moment))\n\(PayloadHash(of: Array(canonical.text.utf8)).text)"
        return Hexadecimal.encode(
            HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key(moment, credentials)))
    }

    private func key(_ moment: SigningMoment, _ credentials: AWSCredentials) -> SymmetricKey {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [String(moment.day), region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return key
    }
}
