public import Foundation
import NIOCore
public import NIOPosix

/// The embedded store: objects are files below one directory, `file:///srv/media`.
///
/// Durability: an upload's bytes are safe when its writer's `flush` returned, an object when `complete` did (file, then
/// directory entry, both synchronised). An object appears by a rename, whole or not at all. Several processes may use one
/// directory; that an upload has one writer is the caller's business.
public struct FileObjectStore: ObjectStore {
    private let layout: FileLayout
    private let pool: NIOThreadPool
    private let signer: URLSigner?
    private let recent = OpenFileCache()
    private let question = StoreProbe()

    /// Makes the directories it needs. Blocks shortly, meant for the start of a process.
    ///
    /// `signer` is needed for `signedURL` alone. Fails: `badAddress` for anything but an absolute `file:` URL.
    public init(url: String, signer: URLSigner? = nil, pool: NIOThreadPool = .singleton) throws(ObjectStoreError) {
        guard let address = URL(string: url), address.scheme == "file", address.host() ?? "" == "",
            address.path().hasPrefix("/"), address.path() != "/"
        else {
            throw .badAddress(reason: "an object store is given as file:///absolute/directory")
        }
        let path = address.path(percentEncoded: false)
        layout = FileLayout(root: path.hasSuffix("/") ? String(path.dropLast()) : path)
        self.pool = pool
        self.signer = signer
        do {
            try makeDirectories(layout.objects)
            try makeDirectories(layout.uploads)
        } catch {
            throw error.asStoreError
        }
    }

    public func begin(_ key: ObjectKey) async throws -> ObjectUpload {
        let upload = ObjectUpload(key: key, id: UUID().uuidString)
        try await onPool(pool) {
            _ = try open(upload, O_WRONLY | O_CREAT | O_EXCL)
            try synchronizeDirectory(layout.uploads)
        }
        return upload
    }

    public func stored(_ upload: ObjectUpload) async throws -> Int64 {
        try await onPool(pool) { Int64(try open(upload, O_RDONLY).status().st_size) }
    }

    public func writer(to upload: ObjectUpload, at offset: Int64) async throws -> FileObjectWriter {
        let file = try await onPool(pool) {
            let file = try open(upload, O_WRONLY)
            let stored = Int64(try file.status().st_size)
            guard (0...stored).contains(offset) else { throw ObjectStoreError.wrongOffset(stored: stored) }
            if stored > offset { try file.truncate(to: offset) }
            return file
        }
        return FileObjectWriter(file: file, at: offset, pool: pool)
    }

    public func complete(_ upload: ObjectUpload, size: Int64) async throws -> ObjectInfo {
        try await onPool(pool) {
            do {
                let file = try open(upload, O_WRONLY)
                let stored = Int64(try file.status().st_size)
                guard stored >= size else { throw ObjectStoreError.incomplete(stored: stored, size: size) }
                if stored > size { try file.truncate(to: size) }
                try file.synchronize()
                try publish(upload)
            } catch ObjectStoreError.uploadNotFound {
                guard try info(upload.key)?.size == size else { throw ObjectStoreError.uploadNotFound(upload) }
            }
            guard let info = try info(upload.key) else { throw ObjectStoreError.objectNotFound(upload.key) }
            return info
        }
    }

    public func abort(_ upload: ObjectUpload) async throws {
        guard let path = layout.path(of: upload) else { return }
        try await onPool(pool) { try remove(path) }
    }

    public func uploads(idleSince date: Date) async throws -> [ObjectUpload] {
        try await onPool(pool) {
            try FileManager.default.contentsOfDirectory(atPath: layout.uploads).compactMap { name in
                guard let upload = layout.upload(named: name),
                    let status = try? open(upload, O_RDONLY).status(), modified(status) < date
                else { return nil }
                return upload
            }
        }
    }

    public func head(_ key: ObjectKey) async throws -> ObjectInfo {
        try await onPool(pool) {
            guard let info = try info(key) else { throw ObjectStoreError.objectNotFound(key) }
            return info
        }
    }

    public func read(_ key: ObjectKey, range: Range<Int64>) async throws -> FileBytes {
        let (file, size) = try await onPool(pool) {
            let file = try open(key)
            return (file, Int64(try file.status().st_size))
        }
        guard range.lowerBound < size || range.isEmpty else {
            throw ObjectStoreError.rangeNotSatisfiable(size: size)
        }
        return FileBytes(file: file, range: range.clamped(to: 0..<size), pool: pool)
    }

    public func delete(_ key: ObjectKey) async throws {
        try await onPool(pool) { try remove(layout.path(of: key)) }
        recent.remove(key)
    }

    public func signedURL(for key: ObjectKey, as presentation: Presentation, until expiry: Date) throws -> String {
        guard let signer else { throw ObjectStoreError.unavailable(reason: "the store has no secret to sign with") }
        return signer.url(for: key, as: presentation, until: expiry)
    }
}

extension FileObjectStore {
    /// Whether the disk can be written to and read from at this moment; for readiness, so it may be asked every second.
    /// Fails: `unavailable`.
    public func probe() async throws {
        try await question.ask(layout, on: pool)
    }

    /// Opens an object for `sendfile`: the way around memory that only an embedded store has.
    public func open(_ key: ObjectKey) async throws -> StoredFile {
        if let (file, status) = recent.file(key) { return StoredFile(info: info(key, status), file: file) }
        return try await onPool(pool) {
            let file: OpenFile = try open(key)
            let status = try file.status()
            recent.insert(file, key)
            return StoredFile(info: info(key, status), file: file)
        }
    }

    private func open(_ key: ObjectKey) throws -> OpenFile {
        try open(layout.path(of: key), O_RDONLY, ifAbsent: .objectNotFound(key))
    }

    private func open(_ upload: ObjectUpload, _ flags: CInt) throws -> OpenFile {
        guard let path = layout.path(of: upload) else { throw ObjectStoreError.uploadNotFound(upload) }
        return try open(path, flags, ifAbsent: .uploadNotFound(upload))
    }

    private func open(_ path: String, _ flags: CInt, ifAbsent absence: ObjectStoreError) throws -> OpenFile {
        do {
            return try OpenFile(path, flags)
        } catch {
            throw error.isAbsence ? absence : error.asStoreError
        }
    }

    /// The rename is what makes the object exist; both directories are synchronised so that it does after a power cut.
    private func publish(_ upload: ObjectUpload) throws {
        guard let source = layout.path(of: upload) else { throw ObjectStoreError.uploadNotFound(upload) }
        let target = layout.path(of: upload.key)
        try makeDirectories(parent(of: target))
        try systemCall("rename") { rename(source, target) }
        try synchronizeDirectory(parent(of: target))
        try synchronizeDirectory(layout.uploads)
    }

    private func remove(_ path: String) throws {
        do {
            try systemCall("unlink") { unlink(path) }
        } catch {
            if error.isAbsence { return }
            throw error
        }
        try synchronizeDirectory(parent(of: path))
    }

    private func info(_ key: ObjectKey) throws -> ObjectInfo? {
        do {
            let file: OpenFile = try open(key)
            return info(key, try file.status())
        } catch ObjectStoreError.objectNotFound {
            return nil
        }
    }

    /// An object never changes in place, so time and size tell two objects of one key apart.
    private func info(_ key: ObjectKey, _ status: stat) -> ObjectInfo {
        // Somebody may have set the time of a file to anything, before 1970 too: bits, not sums.
        let time = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size].map {
            String(UInt64(bitPattern: Int64($0)), radix: 16)
        }
        let etag = time.joined(separator: "-")
        return ObjectInfo(key: key, size: Int64(status.st_size), etag: etag, modified: modified(status))
    }

    private func modified(_ status: stat) -> Date {
        Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9)
    }
}
