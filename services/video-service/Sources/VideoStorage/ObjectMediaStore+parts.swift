import DomainKit
import Encodings
public import Foundation
import ObjectStorage
import StorageKit
public import VideoDomain

extension ObjectMediaStore {
    public func link(
        toPart number: Int, of upload: MediaUpload, size: Int64, until expiry: Date
    ) async throws -> PartLink {
        try await fromObjectStore {
            let signed = try await store.signedPut(
                part: number, of: try objectUpload(upload), size: size, until: expiry)
            return PartLink(number: number, url: signed.url, headers: signed.headers, expiresAt: signed.expiry)
        }
    }

    public func parts(of upload: MediaUpload) async throws -> [MediaPart] {
        try await fromObjectStore {
            let upload = try objectUpload(upload)
            var found: [ObjectPart] = []
            while case let page = try await store.parts(of: upload, after: found.last?.number ?? 0), !page.isEmpty {
                found += page
            }
            return found.map { MediaPart(number: $0.number, etag: $0.etag, size: $0.size) }
        }
    }

    public func complete(_ upload: MediaUpload, of parts: [MediaPart], sha256: String?) async throws {
        try await fromObjectStore {
            let (upload, parts) = (
                try objectUpload(upload), parts.map { ObjectPart(number: $0.number, etag: $0.etag, size: $0.size) }
            )
            do {
                if let digest = sha256.flatMap({ Hexadecimal.decode($0) }) {
                    _ = try await store.complete(upload, of: parts, digest: digest)
                } else {
                    _ = try await store.complete(upload, of: parts)
                }
            } catch ObjectStoreError.badPart(let number, _) {
                throw Failure.partsRefused([
                    Violation(pointer: "/parts", code: "other-part", detail: "Part \(number) was put again.")
                ])
            }
        }
    }

    public func completed(_ upload: MediaUpload, size: Int64, hashing: Bool) async throws -> String? {
        try await fromObjectStore {
            do {
                let info = try await store.head(try objectKey(upload.key))
                guard info.size == size else { return nil }
                return hashing ? Hexadecimal.encode(try await store.digest(of: info)) : ""
            } catch ObjectStoreError.objectNotFound {
                return nil
            }
        }
    }

    public func reopen(
        _ upload: MediaUpload, sizes: [Int64], noting: @Sendable (MediaUpload) async throws -> Void
    ) async throws {
        try await fromObjectStore {
            _ = try await store.reopen(try objectUpload(upload), sizes: sizes) { moved in
                try await noting(MediaUpload(key: upload.key, id: moved.id))
            }
        }
    }
}
