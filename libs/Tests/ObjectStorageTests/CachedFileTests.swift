import Foundation
import NIOCore
import PlatformTesting
import Testing

@testable import ObjectStorage

@Suite("What of a file is in memory")
struct CachedFileTests {
    /// Files on tmpfs are always in memory, and other file systems may not tell.
    private static let canTell: Bool = {
        let path = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        let systems = mounts.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0.count > 2 && path.hasPrefix($0[1]) }
        let nearest = systems.max { $0[1].count < $1[1].count }
        return nearest.map { ["ext4", "xfs", "btrfs"].contains($0[2]) } ?? false
    }()

    @Test(.enabled(if: canTell))
    func `pages on the disk alone are told, and are there once they were waited for`() async throws {
        try await withFile { file in
            let size = file.info.size
            #expect(file.isCached(0..<size))
            try file.file.synchronize()
            try evict(file)
            #expect(!file.isCached(0..<size) && !file.isCached(1_500_000..<1_500_001))
            await file.cache(1_000_000..<1_500_000)
            #expect(file.isCached(1_000_000..<1_500_000) && !file.isCached(0..<size))
            await file.cache(0..<size)
            #expect(file.isCached(0..<size))
        }
    }

    @Test func `nothing of a file, and what is beyond its end, is nothing to wait for`() async throws {
        try await withFile { file in
            #expect(file.isCached(0..<0) && file.isCached(file.info.size..<(file.info.size + 10)))
            await file.cache(0..<0)
            await file.cache(file.info.size..<(file.info.size + 10))
        }
    }

    private func evict(_ object: OpenObject) throws {
        try #require(posix_fadvise(object.file.descriptor, 0, 0, CInt(POSIX_FADV_DONTNEED)) == 0)
    }

    private func withFile(_ body: (OpenObject) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "cached-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try FileObjectStore(url: root.absoluteString)
        let key = try #require(ObjectKey("film"))
        let upload = try await store.begin(key)
        let writer = try await store.writer(to: upload, at: 0)
        try await writer.write(ByteBuffer(repeating: 7, count: 4_000_000))
        _ = try await writer.flush()
        _ = try await store.complete(upload, size: 4_000_000)
        try await body(try await store.open(key))
    }
}
