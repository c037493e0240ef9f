import AWSSigning
import Encodings
public import Foundation
import NIOHTTP1
public import ObjectStorage

extension S3ObjectStore: ReadSigning {
    /// Anybody who has the URL may read; whom it was made for nobody asks any more. It ends with the credentials that sign
    /// it at the latest.
    public func signedURL(
        for key: ObjectKey, as presentation: Presentation, to holder: String?, until expiry: Date
    ) async throws -> SignedURL {
        let disposition = ContentDisposition.field(
            contentType: presentation.contentType, filename: presentation.filename)
        let call = S3Call(
            "get", .GET, key,
            query: [
                ("response-content-disposition", disposition), ("response-content-type", presentation.contentType),
            ])
        return try await client.signed(call, until: expiry)
    }
}

extension S3ObjectStore: PartSigning {
    /// The size is one of the fields that are signed: of any other the store refuses the part.
    public func signedPut(
        part number: Int, of upload: ObjectUpload, size: Int64, until expiry: Date
    ) async throws -> SignedPut {
        try partLimits.check(number, size)
        guard upload.isWellFormed else { throw ObjectStoreError.uploadNotFound(upload) }
        let length = (name: "Content-Length", value: "\(size)")
        let call = S3Call(
            "put_part", .PUT, of: upload, query: [("partNumber", "\(number)"), upload.query], headers: [length])
        let signed = try await client.signed(call, until: expiry)
        return SignedPut(url: signed.url, headers: [length.name: length.value], expiry: signed.expiry)
    }
}

extension S3Client {
    /// A URL is signed for a number of seconds from a moment on, so one that ends in the past is signed in the past too.
    func signed(_ call: S3Call, until expiry: Date) async throws -> SignedURL {
        let credentials: AWSCredentials
        do throws(NoAWSCredentials) {
            credentials = try await self.credentials.credentials()
        } catch {
            throw S3Fault.noCredentials(error).error(of: call, in: address.bucket)
        }
        let offset = time.now.timeIntervalSince(clock.now())
        let wanted = wholeSeconds(min(expiry, credentials.expiry ?? expiry))
        let start = min(wholeSeconds(clock.now()), wanted.addingTimeInterval(-1))
        let end = min(wanted, start.addingTimeInterval(604_800))
        let signable = signable(call)
        let query = signer.query(
            signing: signable, with: credentials, at: start.addingTimeInterval(offset),
            lifetime: .seconds(end.timeIntervalSince(start)))
        return SignedURL(url: address.url(signable.path, query: query), expiry: end)
    }

    private func wholeSeconds(_ date: Date) -> Date {
        Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
    }
}
