internal import AWSSigning
internal import Foundation
internal import NIOHTTP1

/// A role that is assumed with the token of a service account (STS `AssumeRoleWithWebIdentity`), which EKS puts into a
/// file and renews there.
struct WebIdentity: Sendable {
    let role: String
    let tokenFile: String
    let session: String
    /// Without a trailing slash.
    let endpoint: String
    var client = CredentialsClient()

    /// Nil where the environment names no role and file.
    init?(_ environment: [String: String]) throws(NoAWSCredentials) {
        guard let role = environment["AWS_ROLE_ARN"], let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"],
            !role.isEmpty, !file.isEmpty
        else { return nil }
        (self.role, tokenFile) = (role, file)
        session = environment["AWS_ROLE_SESSION_NAME"].flatMap { $0.isEmpty ? nil : $0 } ?? "hiroba"
        if let asked = environment["AWS_ENDPOINT_URL_STS"], !asked.isEmpty {
            guard AllowedAddress.isAllowed(asked) else {
                throw NoAWSCredentials("the endpoint of STS must be https, or http to this machine")
            }
            endpoint = asked.hasSuffix("/") ? String(asked.dropLast()) : asked
        } else {
            guard let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"], !region.isEmpty else {
                throw NoAWSCredentials("AWS_REGION is not set, which says where STS is")
            }
            endpoint = "https://sts.\(region).amazonaws.com"
        }
    }

    /// Reads the file each time: its token lives shorter than the process.
    func fetch() async throws(NoAWSCredentials) -> AWSCredentials {
        guard let token = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
            throw NoAWSCredentials("the token's file cannot be read")
        }
        let fields = [
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": role, "RoleSessionName": session,
            "WebIdentityToken": token.trimmingCharacters(in: .whitespacesAndNewlines),
        ]
        let form = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.escaped($0.value))" }
        let answer = try await client.text(
            "STS", .POST, endpoint + "/", headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: form.joined(separator: "&"))
        return try LentCredentials.credentials(
            from: "STS", id: Self.element("AccessKeyId", answer), secret: Self.element("SecretAccessKey", answer),
            token: Self.element("SessionToken", answer), end: Self.element("Expiration", answer))
    }

    /// The text of the only element of that name in an answer of flat XML; nil for one that has to be unescaped, as no
    /// part of credentials does.
    private static func element(_ name: String, _ xml: String) -> String? {
        let parts = xml.components(separatedBy: "<\(name)>")
        guard parts.count == 2, let end = parts[1].range(of: "</\(name)>") else { return nil }
        let text = parts[1][..<end.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines)
        return text.contains("<") || text.contains("&") ? nil : text
    }

    private static func escaped(_ text: String) -> String {
        let unreserved = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }
}
