internal import AWSSigning
internal import Foundation

/// The JSON that container and instance services answer with.
struct LentCredentials: Decodable {
    private let id: String?
    private let secret: String?
    private let token: String?
    private let end: String?

    private enum CodingKeys: String, CodingKey {
        case id = "AccessKeyId"
        case secret = "SecretAccessKey"
        case token = "Token"
        case end = "Expiration"
    }

    /// Fails when a part is missing, or the end is no time.
    static func read(_ text: String, from what: String) throws(NoAWSCredentials) -> AWSCredentials {
        guard let lent = try? JSONDecoder().decode(LentCredentials.self, from: Data(text.utf8)) else {
            throw NoAWSCredentials("\(what): an answer that is not JSON")
        }
        return try credentials(
            from: what, id: lent.id, secret: lent.secret, token: lent.token, end: lent.end)
    }

    static func credentials(
        from what: String, id: String?, secret: String?, token: String?, end: String?
    ) throws(NoAWSCredentials) -> AWSCredentials {
        guard let id, let secret, let token, let end, !id.isEmpty, !secret.isEmpty, !token.isEmpty,
            // Some write fractions of a second.
            let expiry = (try? Date(end, strategy: .iso8601))
                ?? (try? Date(end, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        else { throw NoAWSCredentials("\(what): an answer without credentials") }
        // They end in a header field.
        guard [id, token].allSatisfy({ $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } }) else {
            throw NoAWSCredentials("\(what): credentials of impossible characters")
        }
        return AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token, expiry: expiry)
    }
}
