public import Foundation
public import NIOCore

/// Uploads of the embedded store, however their bytes come: a file that becomes the object by a rename.
extension FileObjectStore: ObjectUploading, ObjectPutting, ObjectCopying {
    static let pageLength = 1_000

    public func begin(_ key: ObjectKey) async throws -> ObjectUpload {
        let upload = ObjectUpload(key: key, id: UUID().uuidString)
        try await onPool(pool) {
            _ = try open(upload, O_WRONLY | O_CREAT | O_EXCL)
            try synchronizeDirectory(layout.uploads)
        }
        return upload
    }

    public func abort(_ upload: ObjectUpload) async throws {
        guard let path = layout.path(of: upload) else { return }
        try await onPool(pool) {
            try removeParts(of: upload)
            try unlinkDurably(path)
        }
    }

    /// Parts whose upload is gone, as a crash may leave them, belong to it all the same.
    public func uploads(begunBefore date: Date, after mark: String?) async throws -> ObjectPage<ObjectUpload> {
        try await onPool(pool) {
            var untouched: [String: Bool] = [:]
            for directory in [layout.uploads, layout.parts] {
                for entry in try entries(of: directory) where mark.map({ entry.name > $0 }) ?? true {
                    guard let status = try status(of: "\(directory)/\(entry.name)") else { continue }
                    untouched[entry.name] = status.modified < date && untouched[entry.name] ?? true
                }
            }
            let names = untouched.filter(\.value).keys.sorted()
            let shown = names.prefix(Self.pageLength)
            return ObjectPage(
                items: shown.compactMap(layout.upload(named:)), next: names.count > shown.count ? shown.last : nil)
        }
    }

    @discardableResult
    public func put(_ bytes: ByteBuffer, as key: ObjectKey) async throws -> String {
        let upload = try await begin(key)
        let writer = try await writer(to: upload, at: 0)
        try await writer.write(bytes)
        return try await complete(upload, size: try await writer.flush()).etag
    }

    /// In the kernel.
    public func copy(_ source: ObjectKey, to target: ObjectKey) async throws -> ObjectInfo {
        let upload = try await begin(target)
        do {
            return try await onPool(pool) {
                let (original, copy) = (try open(source) as OpenFile, try open(upload, O_WRONLY))
                try copy.append(original, Int64(try original.status().st_size), at: 0)
                return try publish(upload, copy)
            }
        } catch {
            // Also for a caller that is cancelled: work on the pool that was its own would not begin.
            // What stays of an upload that cannot be aborted is found by `uploads`.
            await Task { try? await abort(upload) }.value
            throw error
        }
    }

    /// Makes `file`, which holds all of the upload's bytes, the object.
    ///
    /// The rename is what makes it exist; both directories are synchronised so that it does after a power cut.
    func publish(_ upload: ObjectUpload, _ file: OpenFile) throws -> ObjectInfo {
        guard let source = layout.path(of: upload) else { throw ObjectStoreError.uploadNotFound(upload) }
        try file.synchronize()
        let target = layout.path(of: upload.key)
        try makeDirectories(parent(of: target))
        try systemCall("rename") { rename(source, target) }
        try synchronizeDirectory(parent(of: target))
        try synchronizeDirectory(layout.uploads)
        return ObjectInfo(upload.key, try file.status())
    }

    /// What completing again gives: the object that is there, if it has the size.
    func published(_ upload: ObjectUpload, size: Int64) throws -> ObjectInfo {
        guard let info = try info(upload.key), info.size == size else {
            throw ObjectStoreError.uploadNotFound(upload)
        }
        return info
    }
}

/// Bytes that come one after another are appended to the upload's file.
extension FileObjectStore: TailUploading {
    public func stored(_ upload: ObjectUpload) async throws -> Int64 {
        try await onPool(pool) { Int64(try open(upload, O_RDONLY).status().st_size) }
    }

    /// Goes on at any offset there are bytes before.
    public func writer(to upload: ObjectUpload, at offset: Int64) async throws -> FileObjectWriter {
        let file = try await onPool(pool) {
            let file = try open(upload, O_WRONLY)
            let stored = Int64(try file.status().st_size)
            guard (0...stored).contains(offset) else { throw ObjectStoreError.wrongOffset(stored: stored) }
            if stored > offset { try file.truncate(to: offset) }
            return file
        }
        return FileObjectWriter(file: file, at: offset, pool: pool, batches: batches)
    }

    public func complete(_ upload: ObjectUpload, size: Int64) async throws -> ObjectInfo {
        try await onPool(pool) {
            do {
                let file = try open(upload, O_WRONLY)
                let stored = Int64(try file.status().st_size)
                guard stored >= size else { throw ObjectStoreError.incomplete(stored: stored, size: size) }
                if stored > size { try file.truncate(to: size) }
                return try publish(upload, file)
            } catch ObjectStoreError.uploadNotFound {
                return try published(upload, size: size)
            }
        }
    }
}
