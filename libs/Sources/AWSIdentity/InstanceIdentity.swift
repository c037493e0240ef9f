internal import AWSSigning
internal import Foundation
internal import NIOHTTP1

/// Credentials of the role of an EC2 instance, by its metadata service, version 2 alone: what can make a server fetch a
/// URL cannot make it send the token that this takes.
struct InstanceIdentity: Sendable {
    let endpoint: String
    var client = CredentialsClient(timeout: .seconds(2))

    /// Nil where the environment says that there is none.
    init?(_ environment: [String: String]) throws(NoAWSCredentials) {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let asked = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
        guard asked.map(AllowedAddress.isAllowed) ?? true else {
            throw NoAWSCredentials("the metadata service must be https, or http where it is known to be")
        }
        let whole = asked ?? "http://169.254.169.254"
        endpoint = whole.hasSuffix("/") ? String(whole.dropLast()) : whole
    }

    func fetch() async throws(NoAWSCredentials) -> AWSCredentials {
        let token = try await client.text(
            "the metadata service", .PUT, endpoint + "/latest/api/token",
            headers: ["X-aws-ec2-metadata-token-ttl-seconds": "60"])
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw NoAWSCredentials("the metadata service: a token of impossible characters")
        }
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": token]
        let folder = endpoint + "/latest/meta-data/iam/security-credentials/"
        let roles = try await client.text("the instance's role", .GET, folder, headers: headers)
        let role = roles.prefix { !$0.isNewline }
        // IAM's own alphabet; nothing that leads elsewhere.
        guard role.contains(where: { $0 != "." }), role.utf8.count <= 64,
            role.unicodeScalars.allSatisfy({
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789+=,.@-_".unicodeScalars.contains($0))
            })
        else { throw NoAWSCredentials("the instance has no role") }
        let answer = try await client.text("the instance's credentials", .GET, folder + role, headers: headers)
        return try LentCredentials.read(answer, from: "the instance's credentials")
    }
}
