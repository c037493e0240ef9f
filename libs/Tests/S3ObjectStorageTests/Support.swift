import AWSSigning
import Foundation
import Logging
import NIOHTTP1
import ObjectStorage
import PlatformTesting
import Synchronization

@testable import S3ObjectStorage

/// A bucket, and who may use it.
struct Bucket {
    let endpoint: String
    let name: String
    var credentials: any AWSCredentialsProvider = Bucket.credentials

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

    /// Of one that checks signatures, too, and is none of Amazon's own.
    static func openStack() async throws -> Bucket {
        let server = try await TestOpenStackSwift.shared()
        let bucket = Bucket(
            endpoint: server.endpoint, name: "test-\(UUID().uuidString.lowercased())",
            credentials: StaticCredentials(
                AWSCredentials(
                    accessKeyID: TestOpenStackSwift.accessKeyID, secretAccessKey: TestOpenStackSwift.secretAccessKey)))
        _ = try await bucket.store().client.answer(to: S3Call("make_bucket", .PUT))
        return bucket
    }

    static let credentials = StaticCredentials(
        AWSCredentials(accessKeyID: TestS3.accessKeyID, secretAccessKey: TestS3.secretAccessKey))

    /// `server` stands before the bucket's.
    func store(
        by server: ScriptedHTTPServer? = nil, credentials: (any AWSCredentialsProvider)? = nil,
        patience: Duration = .seconds(5), clock: TestClock? = nil
    ) throws -> S3ObjectStore {
        let address = try S3Address("s3://\(name)?region=us-east-1&endpoint=\(server?.url ?? endpoint)")
        let time = clock.map { clock in S3Clock(now: { clock.now }, sleep: { clock.advance(by: $0) }) }
        return S3ObjectStore(
            address, credentials: credentials ?? self.credentials, logger: Logger(label: "test"), patience: patience,
            clock: time ?? .system
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
