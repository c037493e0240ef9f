import DomainKit
public import Foundation
public import VideoDomain

/// Numbered parts in memory: those of one upload, and what becomes of them. What is put together is not parts any more, as on S3.
extension InMemoryMedia {
    /// As whoever has a link puts it; returns its etag.
    @discardableResult
    public func put(_ text: String, asPart number: Int, of upload: MediaUpload) throws -> String {
        guard uploads[upload.id] != nil else { throw Failure.uploadNotFound }
        let etag = UUID().uuidString
        numbered[upload.id, default: [:]][number] = (etag, Array(text.utf8))
        return etag
    }

    public func link(toPart number: Int, of upload: MediaUpload, size: Int64, until expiry: Date) -> PartLink {
        PartLink(number: number, url: "memory:\(upload.id)/\(number)?size=\(size)", headers: [:], expiresAt: expiry)
    }

    public func parts(of upload: MediaUpload) throws -> [MediaPart] {
        guard uploads[upload.id] != nil else { throw Failure.uploadNotFound }
        return numbered[upload.id, default: [:]].sorted { $0.key < $1.key }.map {
            MediaPart(number: $0.key, etag: $0.value.etag, size: Int64($0.value.bytes.count))
        }
    }

    public func complete(_ upload: MediaUpload, of parts: [MediaPart], sha256: String?) throws {
        if let cut { throw cut }
        if uploads[upload.id] != nil {
            let stored = try self.parts(of: upload)
            guard parts.allSatisfy(stored.contains) else { throw Failure.partsRefused([]) }
            objects[upload.key] = parts.flatMap { numbered[upload.id]?[$0.number]?.bytes ?? [] }
            (uploads[upload.id], numbered[upload.id]) = (nil, nil)
        } else if objects[upload.key] == nil {
            throw Failure.uploadNotFound
        }
        if let sha256, digest(of: upload.key) != sha256 { throw Failure.digestMismatch }
    }

    public func completed(_ upload: MediaUpload, size: Int64, hashing: Bool) throws -> String? {
        guard let bytes = objects[upload.key], bytes.count == Int(size) else { return nil }
        return hashing ? digest(of: upload.key) : ""
    }

    public func reopen(
        _ upload: MediaUpload, sizes: [Int64], noting: @Sendable (MediaUpload) async throws -> Void
    ) async throws {
        guard let bytes = objects[upload.key] else {
            _ = try parts(of: upload)
            return
        }
        let moved = begin(upload.key)
        try await noting(moved)
        var start = 0
        for (index, size) in sizes.enumerated() {
            try put(String(decoding: bytes[start..<start + Int(size)], as: UTF8.self), asPart: index + 1, of: moved)
            start += Int(size)
        }
        objects[upload.key] = nil
    }

    /// No digest that anybody else makes, and another one for other bytes.
    public static func digest(_ text: String) -> String {
        let sum = text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    private func digest(of key: MediaKey) -> String {
        Self.digest(String(decoding: objects[key] ?? [], as: UTF8.self))
    }
}
