public import DomainKit
public import HTTPTypes

extension TokenVerifier {
    /// Whose token `Authorization: Bearer` carries, which is the one place a token is taken from: never the URL, never a
    /// form (RFC 6750 §2.1). Nil when there is no such field.
    ///
    /// Fails: unauthenticated, for any other credentials and for a token that does not hold; unavailable, while no key of
    /// the issuer is known.
    public func holder(in fields: HTTPFields) async throws(Failure) -> Principal? {
        guard let token = try Self.token(in: fields) else { return nil }
        return try await verify(token)
    }

    /// The token of `Authorization: Bearer`; nil when there is no such field. Fails: unauthenticated.
    static func token(in fields: HTTPFields) throws(Failure) -> String? {
        guard let field = fields[.authorization] else { return nil }
        guard let token = BearerToken(authorization: field) else {
            throw .unauthenticated(because: "not a bearer token")
        }
        return token.text
    }
}

/// The credentials of an `Authorization: Bearer` field.
struct BearerToken {
    let text: String

    /// The scheme's name in any case, one or more spaces, one token (RFC 9110 §11.4). Nil for anything else.
    init?(authorization field: String) {
        var field = field
        let token = field.withUTF8 { bytes -> String? in
            let space = UInt8(ascii: " ")
            // Setting the sixth bit makes ASCII letters lower case, and nothing else a letter of "bearer".
            guard bytes.count > 7, bytes[6] == space, zip(bytes, "bearer".utf8).allSatisfy({ $0 | 0x20 == $1 }),
                let start = bytes[7...].firstIndex(where: { $0 != space })
            else { return nil }
            let token = UnsafeBufferPointer(rebasing: bytes[start...])
            return token.contains(space) ? nil : String(decoding: token, as: UTF8.self)
        }
        guard let token else { return nil }
        text = token
    }
}
