public import DomainKit
public import Foundation
public import NIOCore
public import VideoDomain

/// Bytes in memory.
public actor InMemoryMedia: MediaStore {
    public private(set) var objects: [MediaKey: [UInt8]] = [:]
    public private(set) var uploads: [String: [UInt8]] = [:]
    /// Raised by writes while set, as when a disk is full.
    private var fault: Failure?
    /// Keys whose bytes cannot be made readable nor be removed, as when a part of a disk is broken.
    private var broken: Set<MediaKey> = []
    private var touched: [String: (key: MediaKey, at: Date)] = [:]

    public init() {}

    public func fail(with failure: Failure?) {
        fault = failure
    }

    public func breakBytes(of key: MediaKey) {
        broken.insert(key)
    }

    public func begin(_ key: MediaKey) -> MediaUpload {
        let upload = MediaUpload(key: key, handle: UUID().uuidString)
        touched[upload.handle] = (key, Date())
        uploads[upload.handle] = []
        return upload
    }

    public func writer(to upload: MediaUpload, at offset: Int64) throws -> InMemoryMediaWriter {
        guard let bytes = uploads[upload.handle] else { throw Failure.uploadNotFound }
        uploads[upload.handle] = Array(bytes.prefix(Int(offset)))
        return InMemoryMediaWriter(media: self, handle: upload.handle)
    }

    public func complete(_ upload: MediaUpload, size: Int64) throws {
        if broken.contains(upload.key) { throw Failure(.fault, code: "test.broken", message: "Broken.") }
        if let bytes = uploads.removeValue(forKey: upload.handle) {
            objects[upload.key] = Array(bytes.prefix(Int(size)))
        } else if objects[upload.key]?.count != Int(size) {
            throw Failure.uploadNotFound
        }
    }

    public func discard(_ upload: MediaUpload) throws {
        if broken.contains(upload.key) { throw Failure.unavailable("object-store") }
        uploads[upload.handle] = nil
    }

    public func delete(_ key: MediaKey) {
        objects[key] = nil
    }

    public func uploads(idleSince date: Date) -> [MediaUpload] {
        touched.filter { uploads[$0.key] != nil && $0.value.at < date }
            .map { MediaUpload(key: $0.value.key, handle: $0.key) }
    }

    public func link(to video: Video, until expiry: Date) -> String {
        "memory:\(video.id)?until=\(Int(expiry.timeIntervalSince1970))"
    }

    func append(_ bytes: [UInt8], to handle: String) throws -> Int64 {
        if let fault { throw fault }
        guard let before = uploads[handle] else { throw Failure.uploadNotFound }
        uploads[handle] = before + bytes
        return Int64(before.count + bytes.count)
    }
}

/// Keeps pieces back until they are flushed, as a real writer may.
public actor InMemoryMediaWriter: MediaWriter {
    private let media: InMemoryMedia
    private let handle: String
    private var pending: [UInt8] = []

    init(media: InMemoryMedia, handle: String) {
        self.media = media
        self.handle = handle
    }

    public static func byteCount(of chunk: ByteBuffer) -> Int { chunk.readableBytes }

    public func write(_ chunk: ByteBuffer) {
        pending += chunk.readableBytesView
    }

    public func flush() async throws -> Int64 {
        let bytes = pending
        pending = []
        return try await media.append(bytes, to: handle)
    }
}
