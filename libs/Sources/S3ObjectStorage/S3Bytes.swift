import AsyncHTTPClient
public import NIOCore
import ObjectStorage

/// The bytes of a range as they come off the network, no faster than they are read. Iterated once.
public struct S3Bytes: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    let client: S3Client
    let key: ObjectKey
    /// Nil for no bytes at all.
    let opened: OpenedRange?

    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, key: key, opened: opened)
    }

    public struct Iterator: AsyncIteratorProtocol {
        private let client: S3Client
        private let key: ObjectKey
        private let etag: String
        private var left: Range<Int64>
        private var body: HTTPClientResponse.Body.AsyncIterator?
        /// How often it broke since bytes came last.
        private var breaks = 0

        init(client: S3Client, key: ObjectKey, opened: OpenedRange?) {
            self.client = client
            self.key = key
            etag = opened?.etag ?? ""
            left = opened?.range ?? 0..<0
            body = opened?.body.makeAsyncIterator()
        }

        /// Fails: `objectChanged`, when it broke and there is another object by now; `unavailable`.
        public mutating func next() async throws -> ByteBuffer? {
            while !left.isEmpty {
                if let piece = try await piece() { return piece }
                try await goOn()
            }
            body = nil
            return nil
        }

        /// Nil when the body broke.
        private mutating func piece() async throws -> ByteBuffer? {
            do {
                guard var piece = try await body?.next() else { return nil }
                let count = Swift.min(Int64(piece.readableBytes), left.upperBound - left.lowerBound)
                left = (left.lowerBound + count)..<left.upperBound
                if count > 0 { breaks = 0 }
                return piece.readSlice(length: Int(count))
            } catch {
                if Task.isCancelled { throw CancellationError() }
                return nil
            }
        }

        private mutating func goOn() async throws {
            breaks += 1
            guard breaks <= 3 else {
                throw ObjectStoreError.unavailable(reason: "the bytes of an object broke off again and again")
            }
            S3Metrics.countRetry("get", "broken")
            body = try await client.open(key, left, ifMatch: etag).body.makeAsyncIterator()
        }
    }
}
