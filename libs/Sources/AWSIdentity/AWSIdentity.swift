public import AWSSigning
public import Foundation

/// Who this process is to AWS, as the environment says it: where several of these are set, the first.
///
/// 1. `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`
/// 2. `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`: a service account's token
/// 3. `AWS_CONTAINER_CREDENTIALS_FULL_URI` or `..._RELATIVE_URI`: EKS Pod Identity, ECS
/// 4. the instance's role, unless `AWS_EC2_METADATA_DISABLED=true`
///
/// What is set and fails is not replaced by what comes after it, so that nobody becomes somebody else by an outage.
public struct AWSIdentity: AWSCredentialsProvider {
    private let source: any AWSCredentialsProvider

    /// Fails when what is set cannot be used.
    public init(
        _ environment: [String: String] = ProcessInfo.processInfo.environment,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(NoAWSCredentials) {
        if environment["AWS_ACCESS_KEY_ID"]?.isEmpty == false {
            source = EnvironmentCredentials(environment)
        } else if let role = try WebIdentity(environment) {
            source = RefreshingCredentials(now: now) { () throws(NoAWSCredentials) in try await role.fetch() }
        } else if let container = try ContainerIdentity(environment) {
            source = RefreshingCredentials(now: now) { () throws(NoAWSCredentials) in try await container.fetch() }
        } else if let instance = try InstanceIdentity(environment) {
            source = RefreshingCredentials(now: now) { () throws(NoAWSCredentials) in try await instance.fetch() }
        } else {
            throw NoAWSCredentials("the environment names none")
        }
    }

    public func credentials() async throws(NoAWSCredentials) -> AWSCredentials {
        try await source.credentials()
    }
}
