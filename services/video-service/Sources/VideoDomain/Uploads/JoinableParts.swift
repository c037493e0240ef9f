public import DomainKit

extension Failure {
    /// What must be so of `found`, the caller's uploads among `parts`, to be joined; returns the bytes of all together.
    ///
    /// Fails: `video.part-not-found`, `video.part-used`, `video.part-incomplete`, `video.too-large`.
    public static func requireJoinable(
        _ found: [Upload], _ parts: [UploadID], _ mostBytes: Int64
    ) throws(Failure) -> Int64 {
        let uploads = try requireAll(parts, found)
        var size: Int64 = 0
        for upload in uploads {
            if upload.state != .partial { throw .partNotFound }
            if upload.joinedTo != nil { throw .partUsed }
            if !upload.isReadyToJoin { throw .partIncomplete }
            let (sum, isBeyond) = size.addingReportingOverflow(upload.size)
            guard !isBeyond, sum <= mostBytes else { throw .videoTooLarge(most: mostBytes) }
            size = sum
        }
        return size
    }

    /// Those of `found` that `ids` name, in their order. Fails: `video.part-not-found` when one is missing.
    public static func requireAll(_ ids: [UploadID], _ found: [Upload]) throws(Failure) -> [Upload] {
        let known = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
        var uploads: [Upload] = []
        for id in ids {
            guard let upload = known[id] else { throw .partNotFound }
            uploads.append(upload)
        }
        return uploads
    }
}

extension Upload {
    public func with(size: Int64) -> Upload {
        var upload = self
        upload.size = size
        return upload
    }
}

extension Video {
    public func with(size: Int64) -> Video {
        Video(
            id: id, ownerID: ownerID, details: details, state: state, contentType: contentType, filename: filename,
            size: size, sha256: sha256, createdAt: createdAt, updatedAt: updatedAt, version: version)
    }
}
