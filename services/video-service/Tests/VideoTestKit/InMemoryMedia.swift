public import DomainKit
public import Foundation
public import NIOCore
public import VideoDomain

/// Bytes in memory.
public actor InMemoryMedia: MediaStore {
    public internal(set) var objects: [MediaKey: [UInt8]] = [:]
    public internal(set) var uploads: [String: [UInt8]] = [:]
    var numbered: [String: [Int: (etag: String, bytes: [UInt8])]] = [:]
    /// Raised where parts are to be put together, while set.
    private(set) var cut: Failure?
    /// Raised by writes while set, as when a disk is full.
    private var fault: Failure?
    /// Keys whose bytes cannot be made readable nor be removed, as when a part of a disk is broken.
    private var broken: Set<MediaKey> = []
    private var completedAt: [MediaKey: Date] = [:]
    private var touched: [String: (key: MediaKey, at: Date)] = [:]

    public init() {}

    public func fail(with failure: Failure?) {
        fault = failure
    }

    public func cutCompletions(with failure: Failure?) {
        cut = failure
    }

    public func breakBytes(of key: MediaKey) {
        broken.insert(key)
    }

    public func begin(_ key: MediaKey) -> MediaUpload {
        let upload = MediaUpload(key: key, id: UUID().uuidString)
        touched[upload.id] = (key, Date())
        uploads[upload.id] = []
        return upload
    }

    public func writer(to upload: MediaUpload, at offset: Int64) throws -> InMemoryMediaWriter {
        guard let bytes = uploads[upload.id] else { throw Failure.uploadNotFound }
        guard (0...Int64(bytes.count)).contains(offset) else {
            throw Failure(.fault, code: "test.hole", message: "Bytes would leave a hole.")
        }
        uploads[upload.id] = Array(bytes.prefix(Int(offset)))
        return InMemoryMediaWriter(media: self, id: upload.id)
    }

    public func complete(_ upload: MediaUpload, size: Int64) throws {
        if broken.contains(upload.key) { throw Failure(.fault, code: "test.broken", message: "Broken.") }
        if let bytes = uploads[upload.id] {
            guard bytes.count >= size else {
                throw Failure(.fault, code: "test.incomplete", message: "Bytes are missing.")
            }
            uploads[upload.id] = nil
            objects[upload.key] = Array(bytes.prefix(Int(size)))
        } else if objects[upload.key]?.count != Int(size) {
            throw Failure.uploadNotFound
        }
    }

    public func complete(_ upload: MediaUpload, joining parts: [(upload: MediaUpload, size: Int64)]) throws {
        var bytes: [UInt8] = []
        for part in parts {
            try complete(part.upload, size: part.size)
            bytes += objects[part.upload.key] ?? []
        }
        if uploads[upload.id] != nil { uploads[upload.id] = bytes }
        try complete(upload, size: Int64(bytes.count))
    }

    public func abort(_ upload: MediaUpload) throws {
        if broken.contains(upload.key) { throw Failure.unavailable("object-store") }
        (uploads[upload.id], numbered[upload.id]) = (nil, nil)
    }

    public func beginning(of key: MediaKey, count: Int) -> [UInt8]? {
        objects[key].map { Array($0.prefix(count)) }
    }

    public func remove(_ key: MediaKey) {
        objects[key] = nil
    }

    /// One a page, so that who reads them reads on.
    public func uploads(begunBefore date: Date, after mark: String?) -> MediaUploadPage {
        let old = touched.filter { uploads[$0.key] != nil && $0.value.at < date && mark.map($0.key.isBehind) ?? true }
        let shown = old.sorted { $1.key.isBehind($0.key) }.prefix(1)
        return MediaUploadPage(
            uploads: shown.map { MediaUpload(key: $0.value.key, id: $0.key) },
            next: old.count > shown.count ? shown.last?.key : nil)
    }

    /// One a page, too.
    public func objects(in area: String, after mark: String?) -> MediaObjectPage {
        let keys = objects.keys.filter { $0.text.hasPrefix(area) && mark.map($0.text.isBehind) ?? true }.map(\.text)
            .sorted()
        let shown = keys.prefix(1).map { MediaKey(noted: $0) }.map {
            MediaObject(key: $0, size: Int64(objects[$0]?.count ?? 0), modified: completedAt[$0] ?? .distantPast)
        }
        return MediaObjectPage(objects: shown, next: keys.count > 1 ? keys.first : nil)
    }

    public func date(_ key: MediaKey, _ date: Date) {
        completedAt[key] = date
    }

    public func link(to watched: WatchedVideo, for viewer: Viewer, until expiry: Date) -> PlaybackLink {
        let url = "memory:\(watched.video.id)?until=\(Int(expiry.timeIntervalSince1970))&to=\(viewer.hashValue)"
        return PlaybackLink(url: url, expiresAt: expiry)
    }

    public func link(to made: MediaKey, for viewer: Viewer, until expiry: Date) -> PlaybackLink {
        PlaybackLink(url: "memory:\(made.text)?until=\(Int(expiry.timeIntervalSince1970))", expiresAt: expiry)
    }

    func append(_ bytes: [UInt8], to id: String) throws -> Int64 {
        if let fault { throw fault }
        guard let before = uploads[id] else { throw Failure.uploadNotFound }
        uploads[id] = before + bytes
        return Int64(before.count + bytes.count)
    }
}

extension String {
    fileprivate func isBehind(_ other: String) -> Bool { self > other }
}

/// Keeps pieces back until they are flushed, as a real writer may.
public actor InMemoryMediaWriter: MediaWriter {
    private let media: InMemoryMedia
    private let id: String
    private var pending: [UInt8] = []

    init(media: InMemoryMedia, id: String) {
        self.media = media
        self.id = id
    }

    public static func byteCount(of chunk: ByteBuffer) -> Int { chunk.readableBytes }

    public func write(_ chunk: ByteBuffer) {
        pending += chunk.readableBytesView
    }

    public func flush() async throws -> Int64 {
        let bytes = pending
        pending = []
        return try await media.append(bytes, to: id)
    }
}
