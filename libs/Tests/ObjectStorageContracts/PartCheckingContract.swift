import Crypto
import Foundation
import NIOCore
package import ObjectStorage
import Testing

/// What stores promise that hold parts against a digest of the whole: `PartChecking`.
package struct PartCheckingContract<Store: PartChecking & ObjectReading>: Sendable {
    let store: Store

    package init(store: Store) {
        self.store = store
    }

    package static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("parts that have the digest are the object, also again", { try await $0.completes() }),
            ("parts that have another digest are none, and go on as parts", { try await $0.refuses() }),
            ("a refusal that was cut off in the middle loses nothing", { try await $0.refusesTwice() }),
            ("what was completed without a digest is held against one later", { try await $0.checksLater() }),
            ("what is not there is not made parts again", { try await $0.refusesUnknown() }),
        ]
    }

    private var sizes: [Int64] { [store.partLimits.smallest, store.partLimits.smallest, 7] }
    private var bytes: [UInt8] { pattern(Int(sizes.reduce(0, +))) }
    private var digest: [UInt8] { Array(SHA256.hash(data: bytes)) }
    private var otherDigest: [UInt8] { Array(SHA256.hash(data: [1])) }

    private func putAll() async throws -> (upload: ObjectUpload, parts: [ObjectPart]) {
        let upload = try await store.begin(freshKey())
        var (parts, start): ([ObjectPart], Int) = ([], 0)
        for (index, size) in sizes.enumerated() {
            let piece = Array(bytes[start..<start + Int(size)])
            parts.append(try await store.put(piece, as: index + 1, of: upload))
            start += Int(size)
        }
        return (upload, parts)
    }

    func completes() async throws {
        let (upload, parts) = try await putAll()
        let info = try await store.complete(upload, of: parts, digest: digest)
        #expect(info.size == Int64(bytes.count))
        #expect(try await store.digest(of: info) == digest)
        #expect(try await store.complete(upload, of: parts, digest: digest) == info)
        await #expect(throws: ObjectStoreError.wrongDigest) {
            try await store.complete(upload, of: parts, digest: otherDigest)
        }
    }

    func refuses() async throws {
        let (upload, parts) = try await putAll()
        await #expect(throws: ObjectStoreError.wrongDigest) {
            try await store.complete(upload, of: parts, digest: otherDigest)
        }
        let reopened = try await store.reopen(upload, sizes: sizes) { _ in }
        await #expect(throws: ObjectStoreError.objectNotFound(upload.key)) { try await store.head(upload.key) }
        let listed = try await store.allParts(of: reopened, after: 0)
        #expect(listed.map(\.size) == sizes && listed.map(\.number) == [1, 2, 3])
        let again = try await store.put(Array(bytes.suffix(7)), as: 3, of: reopened)
        _ = try await store.complete(reopened, of: listed.dropLast() + [again], digest: digest)
        #expect(try await store.bytes(upload.key) == bytes)
    }

    func refusesTwice() async throws {
        let (upload, parts) = try await putAll()
        await #expect(throws: ObjectStoreError.wrongDigest) {
            try await store.complete(upload, of: parts, digest: otherDigest)
        }
        let first = Noted(upload)
        _ = try? await store.reopen(upload, sizes: sizes) {
            await first.note($0)
            throw Cut()
        }
        let reopened = try await store.reopen(await first.upload, sizes: sizes) { _ in }
        #expect(try await store.allParts(of: reopened, after: 0).map(\.size) == sizes)
        #expect(try await store.reopen(reopened, sizes: sizes) { _ in } == reopened, "there is nothing more to do")
        let listed = try await store.allParts(of: reopened, after: 0)
        _ = try await store.complete(reopened, of: listed, digest: digest)
        #expect(try await store.bytes(upload.key) == bytes)
    }

    func checksLater() async throws {
        let (upload, parts) = try await putAll()
        let info = try await store.complete(upload, of: parts)
        await #expect(throws: ObjectStoreError.wrongDigest) {
            try await store.complete(upload, of: parts, digest: otherDigest)
        }
        #expect(try await store.complete(upload, of: parts, digest: digest) == info)
    }

    func refusesUnknown() async throws {
        let (upload, _) = try await putAll()
        try await store.abort(upload)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
            try await store.reopen(upload, sizes: sizes) { _ in }
        }
    }
}

private struct Cut: Error {}

/// The upload that somebody keeps.
private actor Noted {
    var upload: ObjectUpload

    init(_ upload: ObjectUpload) {
        self.upload = upload
    }

    func note(_ upload: ObjectUpload) { self.upload = upload }
}
