internal import AWSSigning
internal import Foundation
internal import Loopback
internal import NIOHTTP1

/// Credentials of the service beside a container: EKS Pod Identity's agent, or that of ECS.
struct ContainerIdentity: Sendable {
    let url: String
    private let token: String?
    private let tokenFile: String?
    var client = CredentialsClient()

    /// Nil where the environment names no such service.
    init?(_ environment: [String: String]) throws(NoAWSCredentials) {
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"], !path.isEmpty {
            guard path.hasPrefix("/") else { throw NoAWSCredentials("the path of the container's service is none") }
            url = "http://169.254.170.2\(path)"
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"], !full.isEmpty {
            guard AllowedAddress.isAllowed(full) else {
                throw NoAWSCredentials("the container's service must be https, or http where it is known to be")
            }
            url = full
        } else {
            return nil
        }
        token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        tokenFile = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
    }

    func fetch() async throws(NoAWSCredentials) -> AWSCredentials {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let token = try authorization() { headers.add(name: "Authorization", value: token) }
        let answer = try await client.text("the container's service", .GET, url, headers: headers)
        return try LentCredentials.read(answer, from: "the container's service")
    }

    /// Read each time, since the file is renewed.
    private func authorization() throws(NoAWSCredentials) -> String? {
        guard let tokenFile, !tokenFile.isEmpty else { return token }
        guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
            throw NoAWSCredentials("the token's file cannot be read")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard token.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw NoAWSCredentials("the token's file holds something else")
        }
        return token
    }
}

/// Where secrets may be sent and asked for.
enum AllowedAddress {
    /// `https`, or `http` to this machine and to the addresses that AWS's agents have on every one.
    static func isAllowed(_ url: String) -> Bool {
        guard let parts = URLComponents(string: url), let host = parts.host?.lowercased(), !host.isEmpty,
            parts.user == nil, parts.fragment == nil
        else { return false }
        if parts.scheme == "https" { return true }
        return parts.scheme == "http" && (known.contains(host) || Loopback.contains(host))
    }

    private static let known: Set<String> = [
        "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "fd00:ec2::23",
        "169.254.169.254", "[fd00:ec2::254]", "fd00:ec2::254",
    ]
}
