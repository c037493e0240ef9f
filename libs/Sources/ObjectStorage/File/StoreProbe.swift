import Foundation
import NIOPosix
import Synchronization

/// Asks the disk for real: writes, synchronises and removes one small file.
///
/// One question at a time: a disk that does not answer has one thread wait for it and not one a question.
final class StoreProbe: Sendable {
    private let isAsking = Mutex(false)

    /// Fails: `unavailable`, also while an earlier question waits. A full disk is no failure: what is stored can be read.
    func ask(_ layout: FileLayout, on pool: NIOThreadPool) async throws {
        let isFree = isAsking.withLock { isAsking in
            defer { isAsking = true }
            return !isAsking
        }
        guard isFree else { throw ObjectStoreError.unavailable(reason: "an earlier question still waits for the disk") }
        defer { isAsking.withLock { $0 = false } }
        do {
            try await onPool(pool) { try StoreProbe.write(layout) }
        } catch ObjectStoreError.outOfSpace {
            return
        }
    }

    private static func write(_ layout: FileLayout) throws {
        _ = try OpenFile(layout.objects, O_RDONLY | O_DIRECTORY)
        let path = "\(layout.uploads)/probe-\(UUID().uuidString)"
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
        defer { unlink(path) }
        try systemCall("pwrite") { pwrite(file.descriptor, "?", 1, 0) }
        try file.synchronize()
    }
}
