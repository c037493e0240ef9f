public import Foundation
import NIOCore
public import NIOPosix

/// The embedded store: objects are files below one directory, `file:///srv/media`. It has every capability there is.
///
/// Durability: an upload's bytes are safe when its writer's `flush` returned, a part when `put` did, an object when
/// `complete` did (file, then directory entry, both synchronised). An object appears by a rename, whole or not at all.
/// Several processes may use one directory; that an upload has one writer is the caller's business.
public struct FileObjectStore: Sendable {
    public let partLimits: PartLimits
    let layout: FileLayout
    let pool: NIOThreadPool
    let signer: URLSigner?
    let batches = WriteBatches()
    private let recent = OpenFileCache()
    private let question = StoreProbe()

    /// Makes the directories it needs. Blocks shortly, meant for the start of a process.
    ///
    /// `signer` is needed for signed URLs alone. Fails: `badAddress` for anything but an absolute `file:` URL.
    public init(
        url: String, signer: URLSigner? = nil, partLimits: PartLimits = .s3, pool: NIOThreadPool = .singleton
    ) throws(ObjectStoreError) {
        guard let address = URL(string: url), address.scheme == "file", address.host() ?? "" == "",
            address.path().hasPrefix("/"), address.path() != "/"
        else {
            throw .badAddress(reason: "an embedded store is given as file:///absolute/directory")
        }
        let path = address.path(percentEncoded: false)
        layout = FileLayout(root: path.hasSuffix("/") ? String(path.dropLast()) : path)
        self.partLimits = partLimits
        self.pool = pool
        self.signer = signer
        do {
            for path in [layout.objects, layout.uploads, layout.parts] { try makeDirectories(path) }
        } catch {
            throw error.asStoreError
        }
    }

    /// Whether the disk can be written to and read from at this moment; for readiness, so it may be asked every second.
    /// Fails: `unavailable`.
    public func probe() async throws {
        try await question.ask(layout, on: pool)
    }

    /// Opens an object for `sendfile`: the way around memory that only an embedded store has.
    public func open(_ key: ObjectKey) async throws -> OpenObject {
        if let (file, status) = recent.file(key) { return OpenObject(info: ObjectInfo(key, status), file: file) }
        return try await onPool(pool) {
            let file: OpenFile = try open(key)
            let status = try file.status()
            recent.insert(file, key)
            return OpenObject(info: ObjectInfo(key, status), file: file)
        }
    }
}

extension FileObjectStore: ObjectReading, ObjectRemoving {
    public func head(_ key: ObjectKey) async throws -> ObjectInfo {
        try await onPool(pool) {
            guard let info = try info(key) else { throw ObjectStoreError.objectNotFound(key) }
            return info
        }
    }

    public func read(_ key: ObjectKey, range: Range<Int64>, ifMatch etag: String?) async throws -> FileBytes {
        let (file, info) = try await onPool(pool) {
            let file: OpenFile = try open(key)
            return (file, ObjectInfo(key, try file.status()))
        }
        if let etag, etag != info.etag { throw ObjectStoreError.objectChanged(key) }
        guard range.lowerBound < info.size || range.isEmpty else {
            throw ObjectStoreError.rangeNotSatisfiable(size: info.size)
        }
        return FileBytes(file: file, range: range.clamped(to: 0..<info.size), pool: pool)
    }

    public func remove(_ keys: [ObjectKey]) async throws -> [ObjectKey: ObjectStoreError] {
        let left = try await onPool(pool) {
            var left: [ObjectKey: ObjectStoreError] = [:]
            for key in keys {
                do throws(SystemCallError) {
                    try unlinkDurably(layout.path(of: key))
                } catch {
                    left[key] = error.asStoreError
                }
            }
            return left
        }
        for key in keys { recent.remove(key) }
        return left
    }
}

extension FileObjectStore: ObjectFiles {
    public func path(of key: ObjectKey) async throws -> String {
        _ = try await head(key)
        return layout.path(of: key)
    }
}

extension FileObjectStore: ReadSigning, PartSigning {
    public func signedURL(
        for key: ObjectKey, as presentation: Presentation, to holder: String?, until expiry: Date
    ) throws -> SignedURL {
        SignedURL(
            url: try requireSigner().url(for: key, as: presentation, to: holder, until: expiry), expiry: expiry)
    }

    public func signedPut(
        part number: Int, of upload: ObjectUpload, size: Int64, until expiry: Date
    ) throws -> SignedPut {
        try partLimits.check(number, size)
        let part = URLSigner.Part(number: number, upload: upload, size: size)
        return SignedPut(url: try requireSigner().url(for: part, until: expiry), expiry: expiry)
    }

    private func requireSigner() throws(ObjectStoreError) -> URLSigner {
        guard let signer else { throw .unavailable(reason: "the store has no secret to sign with") }
        return signer
    }
}

extension FileObjectStore {
    func open(_ key: ObjectKey) throws -> OpenFile {
        try open(layout.path(of: key), O_RDONLY, ifAbsent: .objectNotFound(key))
    }

    func open(_ upload: ObjectUpload, _ flags: CInt) throws -> OpenFile {
        guard let path = layout.path(of: upload) else { throw ObjectStoreError.uploadNotFound(upload) }
        return try open(path, flags, ifAbsent: .uploadNotFound(upload))
    }

    func open(_ path: String, _ flags: CInt, ifAbsent absence: ObjectStoreError) throws -> OpenFile {
        do {
            return try OpenFile(path, flags)
        } catch {
            throw error.isAbsence ? absence : error.asStoreError
        }
    }

    /// Nil when there is no such object.
    func info(_ key: ObjectKey) throws -> ObjectInfo? {
        do {
            let file: OpenFile = try open(key)
            return ObjectInfo(key, try file.status())
        } catch ObjectStoreError.objectNotFound {
            return nil
        }
    }
}
