public import Foundation

/// Where credentials come from. Asked for each request: who fetches them from afar keeps them as long as they hold.
public protocol AWSCredentialsProvider: Sendable {
    /// Fails when there are none now; another time there may be.
    func credentials() async throws(NoAWSCredentials) -> AWSCredentials
}

/// There are no credentials, and why, without a word of any secret.
public struct NoAWSCredentials: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { "no AWS credentials: \(reason)" }
}

/// The same credentials always.
public struct StaticCredentials: AWSCredentialsProvider {
    private let held: AWSCredentials

    public init(_ credentials: AWSCredentials) {
        held = credentials
    }

    public func credentials() async throws(NoAWSCredentials) -> AWSCredentials { held }
}

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where it is set, `AWS_SESSION_TOKEN`.
public struct EnvironmentCredentials: AWSCredentialsProvider {
    private let environment: [String: String]

    /// Reads `environment` when asked and no earlier; the process's own by default.
    public init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    public func credentials() async throws(NoAWSCredentials) -> AWSCredentials {
        guard let id = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") else {
            throw NoAWSCredentials("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")
        }
        return AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: value("AWS_SESSION_TOKEN"))
    }

    /// A variable that is set to nothing counts as not set.
    private func value(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension EnvironmentCredentials: CustomStringConvertible, CustomReflectable {
    public var description: String { "EnvironmentCredentials" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
