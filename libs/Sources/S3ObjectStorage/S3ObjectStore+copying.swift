import NIOHTTP1
public import ObjectStorage

extension S3ObjectStore: ObjectCopying {
    /// One request up to 5 GiB, and parts of 1 GiB beyond; no byte passes here.
    public func copy(_ source: ObjectKey, to target: ObjectKey) async throws -> ObjectInfo {
        let info = try await head(source)
        if info.size <= copyLimits.whole {
            let call = S3Call("copy", .PUT, target, headers: exactly(info))
            _ = try await calling(call, about: source) { try $0.read("CopyObject") { _ in } }
            return try await head(target)
        }
        let upload = try await begin(target)
        do {
            return try await complete(upload, of: try await copyParts(info, upload), onlyIf: nil)
        } catch {
            // Also for a caller that is cancelled. What stays of an upload that cannot be aborted is found by `uploads`.
            await Task { try? await abort(upload) }.value
            throw error
        }
    }

    private func copyParts(_ info: ObjectInfo, _ upload: ObjectUpload) async throws -> [ObjectPart] {
        var parts: [ObjectPart] = []
        for start in stride(from: 0, to: info.size, by: Int64.Stride(copyLimits.part)) {
            let range = start..<min(start + copyLimits.part, info.size)
            parts.append(try await copy(range, of: info, as: parts.count + 1, of: upload))
        }
        return parts
    }

    /// The object that was found, and no later one.
    private func exactly(_ info: ObjectInfo) -> [(name: String, value: String)] {
        [
            ("x-amz-copy-source", "/\(client.address.bucket)/\(info.key)"),
            ("x-amz-copy-source-if-match", "\"\(info.etag)\""),
        ]
    }

    /// What is not there or has changed is the source.
    private func calling<Value>(
        _ call: S3Call, about source: ObjectKey, _ read: (S3Answer) throws -> Value
    ) async throws -> Value {
        do {
            return try read(try await client.answer(to: call))
        } catch ObjectStoreError.objectNotFound {
            throw ObjectStoreError.objectNotFound(source)
        } catch ObjectStoreError.objectChanged {
            throw ObjectStoreError.objectChanged(source)
        }
    }
}

extension S3ObjectStore: PartCopying {
    /// Of a store that knows no copies of parts the bytes pass by here.
    public func copy(
        _ range: Range<Int64>, of source: ObjectInfo, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart {
        let size = range.upperBound - range.lowerBound
        try partLimits.check(number, size)
        guard upload.isWellFormed else { throw ObjectStoreError.uploadNotFound(upload) }
        let bytes = ("x-amz-copy-source-range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
        let call = S3Call(
            "copy_part", .PUT, of: upload, query: [("partNumber", "\(number)"), upload.query],
            headers: exactly(source) + [bytes])
        let etag: String? = try await calling(call, about: source.key) { answer in
            // It took this for a part of no bytes.
            if answer.root == nil { return nil }
            return try answer.read("CopyPart") { root in
                guard let etag = bareETag(try root.required("ETag")) else {
                    throw UnreadableXML(reason: "a part without an ETag")
                }
                return etag
            }
        }
        if let etag { return ObjectPart(number: number, etag: etag, size: size) }
        let pieces = try await read(source.key, range: range, ifMatch: source.etag)
        return try await put(pieces, size: size, as: number, of: upload)
    }
}
