import CVectorIO
import Foundation
import NIOCore
import NIOPosix

/// `sendfile` waits for the disk where a file's pages are not in memory, and all sockets of the event loop with it. Whoever sends
/// asks first, and lets another thread wait.
extension OpenObject {
    /// Threads that wait for pages alone, so that many readers of cold files keep no writer from the store's pool. For as long as
    /// the process lives.
    private static let waiters: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()

    /// How far apart the pages are that are looked at: what the kernel reads ahead comes and goes in larger pieces.
    private static let sample = 256 * 1_024

    /// Whether `range` is in memory, as far as samples of it tell; preadv2(2) with `RWF_NOWAIT`. Does not wait. Where the file
    /// system cannot tell, it counts as there.
    public func isCached(_ range: Range<Int64>) -> Bool {
        samples(of: range).allSatisfy { offset in
            var byte: UInt8 = 0
            return withUnsafeMutableBytes(of: &byte) { bytes in
                var vector = iovec(iov_base: bytes.baseAddress, iov_len: 1)
                return preadv2(file.descriptor, &vector, 1, off_t(offset), read_without_waiting) >= 0 || errno != EAGAIN
            }
        }
    }

    /// Has the kernel read `range`, and begin with as much again behind it, and returns when the former is in memory. It may be
    /// gone again under pressure. What cannot be read shows when it is sent.
    public func cache(_ range: Range<Int64>) async {
        try? await onPool(Self.waiters) { [file] in
            posix_fadvise(
                file.descriptor, off_t(range.lowerBound), off_t(2 * range.count), CInt(POSIX_FADV_WILLNEED))
            for offset in samples(of: range) { _ = try file.read(1, at: offset) }
        }
    }

    private func samples(of range: Range<Int64>) -> [Int64] {
        guard !range.isEmpty else { return [] }
        return Array(stride(from: range.lowerBound, to: range.upperBound, by: Self.sample)) + [range.upperBound - 1]
    }
}
