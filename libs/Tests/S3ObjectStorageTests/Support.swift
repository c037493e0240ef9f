import AWSSigning
import Foundation
import Logging
import ObjectStorage
import PlatformTesting
import S3ObjectStorage
import Synchronization

/// A bucket, and who may use it.
struct Bucket {
    let endpoint: String
    let name: String

    /// Of a store that checks signatures.
    static func rclone() async throws -> Bucket {
        let server = try await TestS3.shared()
        return Bucket(endpoint: server.endpoint, name: try server.bucket())
    }

    /// Of a store that knows the rest of S3 better.
    static func moto() async throws -> Bucket {
        let server = try await TestAWS.shared()
        return Bucket(endpoint: server.endpoint, name: try await server.bucket())
    }

    static let credentials = StaticCredentials(
        AWSCredentials(accessKeyID: TestS3.accessKeyID, secretAccessKey: TestS3.secretAccessKey))

    /// `server` stands before the bucket's.
    func store(
        by server: ScriptedHTTPServer? = nil, credentials: any AWSCredentialsProvider = credentials,
        patience: Duration = .seconds(5), clock: TestClock? = nil
    ) throws -> S3ObjectStore {
        let address = try S3Address("s3://\(name)?region=us-east-1&endpoint=\(server?.url ?? endpoint)")
        let time = clock.map { clock in S3Clock(now: { clock.now }, sleep: { clock.advance(by: $0) }) }
        return S3ObjectStore(
            address, credentials: credentials, logger: Logger(label: "test"), patience: patience, clock: time ?? .system
        )
    }
}

/// How often something happened.
final class Count: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    /// True for the first `limit` that ask.
    func isAmongFirst(_ limit: Int) -> Bool {
        count.withLock { count in
            count += 1
            return count <= limit
        }
    }
}

extension ScriptedHTTPServer.Answer {
    static func error(_ status: Int, _ code: String) -> Self {
        .init(status, [], "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>&lt;no&gt;</Message></Error>")
    }
}

extension ScriptedHTTPServer.Request {
    var isPart: Bool { method == "PUT" && target.contains("partNumber=") }
    var isCompletion: Bool { method == "POST" && target.contains("uploadId=") }
}
