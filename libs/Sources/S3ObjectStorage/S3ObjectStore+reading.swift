import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
public import ObjectStorage

extension S3ObjectStore: ObjectReading {
    public func head(_ key: ObjectKey) async throws -> ObjectInfo {
        do {
            return try await client.answer(to: S3Call("head", .HEAD, key)).headers.info(key)
        } catch ObjectStoreError.objectNotFound {
            // Nobody says of what: an answer to HEAD has no words. Without its bucket no object is known to be gone.
            try await probe()
            throw ObjectStoreError.objectNotFound(key)
        }
    }

    /// The bytes that are read are those of one object: a reading that broke goes on with what it began with, or fails with
    /// `objectChanged`.
    public func read(_ key: ObjectKey, range: Range<Int64>, ifMatch etag: String?) async throws -> S3Bytes {
        if range.isEmpty {
            let info = try await head(key)
            if let etag, etag != info.etag { throw ObjectStoreError.objectChanged(key) }
            return S3Bytes(client: client, key: key, opened: nil)
        }
        do {
            let opened = try await client.open(key, range, ifMatch: etag)
            return S3Bytes(client: client, key: key, opened: opened)
        } catch ObjectStoreError.rangeNotSatisfiable {
            throw ObjectStoreError.rangeNotSatisfiable(size: try await head(key).size)
        }
    }
}

/// A range of an object whose bytes are about to come.
struct OpenedRange: Sendable {
    let range: Range<Int64>
    let etag: String
    let body: HTTPClientResponse.Body
}

extension S3Client {
    func open(_ key: ObjectKey, _ range: Range<Int64>, ifMatch etag: String?) async throws -> OpenedRange {
        let end = range.upperBound == .max ? "" : "\(range.upperBound - 1)"
        var call = S3Call("get", .GET, key, headers: [("Range", "bytes=\(range.lowerBound)-\(end)")])
        if let etag { call.headers.append(("If-Match", "\"\(etag)\"")) }
        let response = try await open(call)
        let found = try response.headers.etag()
        // Not every store looks at If-Match.
        if let etag, etag != found { throw ObjectStoreError.objectChanged(key) }
        guard let (start, size) = try response.headers.contentRange() else {
            return try opened(response, range, found)
        }
        guard start == range.lowerBound, start < size else {
            throw ObjectStoreError.unavailable(reason: "another range came than was asked for")
        }
        return OpenedRange(range: start..<min(range.upperBound, size), etag: found, body: response.body)
    }

    /// Of a store that does not know ranges: the whole object, of which the beginning may be what is wanted.
    private func opened(
        _ response: HTTPClientResponse, _ range: Range<Int64>, _ etag: String
    ) throws -> OpenedRange {
        guard range.lowerBound == 0, let size = response.headers.first(name: "Content-Length").flatMap(wholeNumber),
            size > 0
        else { throw ObjectStoreError.unavailable(reason: "the store does not answer with ranges") }
        return OpenedRange(range: 0..<min(range.upperBound, size), etag: etag, body: response.body)
    }
}
