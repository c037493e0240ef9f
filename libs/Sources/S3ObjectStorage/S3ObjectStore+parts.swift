import AWSSigning
public import NIOCore
import NIOHTTP1
public import ObjectStorage

extension S3ObjectStore: PartUploading {
    /// Parts up to this size are held while they are sent, to be sent again if need be. Larger ones pass by as they come, and
    /// a store that fails then fails the call.
    static let mostHeld: Int64 = 16 << 20

    public func put<Bytes: AsyncSequence & Sendable>(
        _ bytes: Bytes, size: Int64, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart where Bytes.Element == ByteBuffer {
        try partLimits.check(number, size)
        guard upload.isWellFormed else { throw ObjectStoreError.uploadNotFound(upload) }
        let body: S3Call.Body =
            size > Self.mostHeld
            ? .streamed(StreamedBody(bytes, count: size, number: number))
            : .held(try await held(bytes, size, number))
        var call = S3Call("put_part", .PUT, of: upload, query: [("partNumber", "\(number)"), upload.query], body: body)
        // At no less than 128 KiB a second.
        call.timeout = .seconds(60 + size >> 17)
        return ObjectPart(number: number, etag: try await client.answer(to: call).headers.etag(), size: size)
    }

    private func held<Bytes: AsyncSequence & Sendable>(
        _ bytes: Bytes, _ size: Int64, _ number: Int
    ) async throws -> HeldBody where Bytes.Element == ByteBuffer {
        var (pieces, count): ([ByteBuffer], Int64) = ([], 0)
        for try await piece in bytes {
            count += Int64(piece.readableBytes)
            if count > size { break }
            if piece.readableBytes > 0 { pieces.append(piece) }
        }
        guard count == size else {
            throw ObjectStoreError.badPart(number: number, reason: "has not the \(size) bytes it was to have")
        }
        return HeldBody(pieces)
    }

    public func parts(of upload: ObjectUpload, after number: Int) async throws -> [ObjectPart] {
        guard upload.isWellFormed else { throw ObjectStoreError.uploadNotFound(upload) }
        let mark = min(max(number, 0), partLimits.most)
        let call = S3Call(
            "list_parts", .GET, of: upload,
            query: [("max-parts", "1000"), ("part-number-marker", "\(mark)"), upload.query])
        return try await client.answer(to: call).read("ListParts") { root in
            try root.all("Part").map { part in
                let number = try part.count("PartNumber")
                guard let etag = bareETag(try part.required("ETag")), (1...10_000).contains(number) else {
                    throw UnreadableXML(reason: "a part without an ETag or a number")
                }
                return ObjectPart(number: Int(number), etag: etag, size: try part.count("Size"))
            }.filter {
                // Not every store looks at the mark: who reads on would never come to an end.
                $0.number > number
            }
        }
    }

    /// The store checks numbers and etags; that the object has the size of the parts is looked at afterwards. What is there
    /// already stays as it is, where the store knows of conditions.
    public func complete(_ upload: ObjectUpload, of parts: [ObjectPart]) async throws -> ObjectInfo {
        try await complete(upload, of: parts, onlyIf: ("If-None-Match", "*"))
    }

    func complete(
        _ upload: ObjectUpload, of parts: [ObjectPart], onlyIf condition: SignableRequest.Pair?
    ) async throws -> ObjectInfo {
        try partLimits.check(parts)
        guard upload.isWellFormed else { throw ObjectStoreError.uploadNotFound(upload) }
        let list = try parts.map { part in
            guard let etag = bareETag(part.etag) else {
                throw ObjectStoreError.badPart(number: part.number, reason: "is not the one that was put")
            }
            return "<Part><PartNumber>\(part.number)</PartNumber><ETag>&quot;\(escaped(etag))&quot;</ETag></Part>"
        }
        let text = "<CompleteMultipartUpload xmlns=\"\(s3Namespace)\">\(list.joined())</CompleteMultipartUpload>"
        var call = S3Call(
            "complete", .POST, of: upload, query: [upload.query], headers: [("Content-Type", "application/xml")],
            body: .held(HeldBody(text)))
        call.timeout = .minutes(10)
        call.condition = condition
        do {
            _ = try await client.answer(to: call).read("CompleteMultipartUpload") { _ in }
        } catch ObjectStoreError.uploadNotFound {
            // Or completed already, here or by somebody else, and the answer was lost.
        } catch ObjectStoreError.objectChanged {
            // There is an object. If it is that of a completion whose answer was lost, all is well.
        }
        return try await completed(upload, size: parts.reduce(0) { $0 + $1.size })
    }

    private func completed(_ upload: ObjectUpload, size: Int64) async throws -> ObjectInfo {
        do {
            let info = try await head(upload.key)
            if info.size == size { return info }
        } catch ObjectStoreError.objectNotFound {}
        throw ObjectStoreError.uploadNotFound(upload)
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
