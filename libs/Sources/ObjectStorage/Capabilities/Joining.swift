/// Objects can be put together to a new one without all their bytes coming through this process.
public protocol ObjectJoining: ObjectUploading {
    /// Makes `upload`'s object of `sources`, one after another, durable before this returns and visible all at once. The
    /// sources stay.
    ///
    /// May be done again after a crash in the middle or a lost reply. One caller at a time: the caller sees to it.
    /// Fails: `objectNotFound` and `objectChanged` for a source that is not as it was told; `uploadNotFound` unless the
    /// object is there with the size of all sources.
    func complete(_ upload: ObjectUpload, joining sources: [ObjectInfo]) async throws -> ObjectInfo
}

/// Parts of an upload can be bytes of an object of the same store, which the store copies itself.
public protocol PartCopying: PartUploading {
    /// Stores the bytes of `source` in `range`, which lies within it, as `put` does.
    ///
    /// Fails: as `put`; `objectNotFound` and `objectChanged` when the source is not as it was told.
    func copy(
        _ range: Range<Int64>, of source: ObjectInfo, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart
}
