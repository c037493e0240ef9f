public import AWSSigning
import Foundation
public import Logging
import NIOHTTP1
public import ObjectStorage

/// A bucket of S3, or of whatever speaks like it.
///
/// Requests are sent again where they may well succeed later (5xx, `SlowDown`, a connection that broke), with pauses of
/// `patience` altogether, and a reading goes on where it broke. Then, and for what only an operator can mend, calls fail with
/// `unavailable`.
public struct S3ObjectStore: Sendable {
    public let partLimits = PartLimits.s3
    /// Bytes of the largest object that is copied at once, and of the parts of larger ones.
    var copyLimits: (whole: Int64, part: Int64) = (5 << 30, 1 << 30)
    let client: S3Client

    /// Reaches for nothing yet.
    public init(
        _ address: S3Address, credentials: any AWSCredentialsProvider, logger: Logger, patience: Duration = .seconds(5),
        clock: S3Clock = .system
    ) {
        client = S3Client(
            address: address, credentials: credentials, clock: clock, time: StoreTime(clock), patience: patience,
            logger: logger, signer: RequestSigner(region: address.region, service: "s3", pathRule: .verbatim))
    }

    /// Whether the bucket is there and answers us; for readiness, so it asks once. Fails: `unavailable`.
    public func probe() async throws {
        var impatient = client
        impatient.patience = .zero
        _ = try await impatient.answer(to: S3Call("head_bucket", .HEAD))
    }
}
