import Foundation
public import NIOCore

/// Parts of an upload are files of their own until they are put together.
///
/// They are joined by a copy inside the kernel, in the order of their numbers. A part appears by a rename, so that one put
/// again replaces the former at once.
extension FileObjectStore: PartUploading {
    public func put<Bytes: AsyncSequence & Sendable>(
        _ bytes: Bytes, size: Int64, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart where Bytes.Element == ByteBuffer {
        try partLimits.check(number, size)
        let (file, path) = try await onPool(pool) { try newPart(number, of: upload) }
        do {
            let writer = FileObjectWriter(file: file, at: 0, pool: pool, batches: batches)
            var taken: Int64 = 0
            for try await piece in bytes {
                taken += Int64(piece.readableBytes)
                if taken > size { break }
                try await writer.write(piece)
            }
            guard taken == size, try await writer.flush() == size else {
                throw ObjectStoreError.badPart(number: number, reason: "has not the \(size) bytes it was to have")
            }
            return try await onPool(pool) {
                let place = parent(of: path)
                try systemCall("rename") { rename(path, "\(place)/\(number)") }
                try synchronizeDirectory(place)
                return ObjectPart(number, try file.status())
            }
        } catch {
            // Also for a caller that is cancelled: work on the pool that was its own would not begin.
            let pool = pool
            await Task { _ = try? await onPool(pool) { unlink(path) } }.value
            throw error
        }
    }

    public func parts(of upload: ObjectUpload, after number: Int) async throws -> [ObjectPart] {
        try await onPool(pool) {
            _ = try open(upload, O_RDONLY)
            guard let directory = layout.partsPath(of: upload) else { return [] }
            let numbers = try entries(of: directory).compactMap { Int($0.name) }.filter { $0 > number }.sorted()
            return try numbers.prefix(Self.pageLength).map { number in
                ObjectPart(number, try OpenFile("\(directory)/\(number)", O_RDONLY).status())
            }
        }
    }

    public func complete(_ upload: ObjectUpload, of parts: [ObjectPart]) async throws -> ObjectInfo {
        try partLimits.check(parts)
        return try await onPool(pool) {
            let info: ObjectInfo
            do {
                info = try join(parts, of: upload)
            } catch ObjectStoreError.uploadNotFound {
                info = try published(upload, size: parts.reduce(0) { $0 + $1.size })
            }
            try removeParts(of: upload)
            return info
        }
    }

    /// Makes them the object. Each is open only while it is looked at: there may be more than a process may have open.
    func join(_ parts: [ObjectPart], of upload: ObjectUpload) throws -> ObjectInfo {
        let file = try open(upload, O_WRONLY)
        for part in parts { _ = try open(part, of: upload) }
        try file.truncate(to: 0)
        var end: Int64 = 0
        for part in parts {
            try file.append(try open(part, of: upload), part.size, at: end)
            end += part.size
        }
        return try publish(upload, file)
    }

    /// A file that is no part yet: its name is no number.
    private func newPart(_ number: Int, of upload: ObjectUpload) throws -> (OpenFile, String) {
        _ = try open(upload, O_RDONLY)
        guard let directory = layout.partsPath(of: upload) else { throw ObjectStoreError.uploadNotFound(upload) }
        try makeDirectories(directory)
        let path = "\(directory)/\(number).\(UUID().uuidString)"
        return (try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL), path)
    }

    /// The part as it was put: what was put in its place since is another file.
    func open(_ part: ObjectPart, of upload: ObjectUpload) throws -> OpenFile {
        guard let directory = layout.partsPath(of: upload) else { throw ObjectStoreError.uploadNotFound(upload) }
        let absence = ObjectStoreError.badPart(number: part.number, reason: "was not put")
        let file = try open("\(directory)/\(part.number)", O_RDONLY, ifAbsent: absence)
        guard try ObjectPart(part.number, file.status()) == part else {
            throw ObjectStoreError.badPart(number: part.number, reason: "is not the one that was put")
        }
        return file
    }

    func removeParts(of upload: ObjectUpload) throws {
        guard let directory = layout.partsPath(of: upload) else { return }
        let names = try entries(of: directory).map(\.name)
        for name in names { try unlinkDurably("\(directory)/\(name)", synchronizes: false) }
        do {
            try systemCall("rmdir") { rmdir(directory) }
        } catch {
            if !error.isAbsence { throw error }
        }
    }
}
