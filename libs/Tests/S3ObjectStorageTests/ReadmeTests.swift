import Foundation
import Logging
import NIOCore
import ObjectStorage
import ObjectStorageContracts
import PlatformTesting
import S3ObjectStorage
import Testing

@Suite struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "S3ObjectStorage"))
    }

    @Test func `the example does what it says`() async throws {
        let bucket = try await Bucket.rclone()
        let recordings = try Recordings(
            address: "s3://\(bucket.name)?region=us-east-1&endpoint=\(bucket.endpoint)",
            credentials: Bucket.credentials,
            logger: Logger(label: "test"))
        let (key, bytes) = (freshKey(), pattern(10_000))
        let recording = try await recordings.take(Pieces(bytes), as: key)
        var read: [UInt8] = []
        for try await piece in try await recordings.bytes(of: recording) { read += Array(buffer: piece) }
        #expect(read == bytes)
        #expect(try await recordings.link(to: key).url.hasPrefix("\(bucket.endpoint)/\(bucket.name)/\(key)?"))
    }
}
