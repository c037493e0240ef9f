import Foundation
public import NIOCore
import NIOPosix

/// A range of a stored file, read in pieces on a pool thread, one piece in memory at a time.
public struct FileBytes: AsyncSequence, Sendable {
    static let piece = 256 * 1_024

    let file: OpenFile
    let range: Range<Int64>
    let pool: NIOThreadPool

    public func makeAsyncIterator() -> Iterator {
        Iterator(file: file, rest: range, pool: pool)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let file: OpenFile
        var rest: Range<Int64>
        let pool: NIOThreadPool

        /// Fails: `ObjectStoreError.unavailable` when the disk does.
        public mutating func next() async throws -> ByteBuffer? {
            if rest.isEmpty { return nil }
            let (offset, count) = (rest.lowerBound, Swift.min(FileBytes.piece, rest.count))
            let bytes = try await onPool(pool) { [file] in try file.read(count, at: offset) }
            if bytes.readableBytes == 0 {
                throw ObjectStoreError.unavailable(reason: "the file is shorter than it was")
            }
            rest = (offset + Int64(bytes.readableBytes))..<rest.upperBound
            return bytes
        }
    }
}

extension OpenFile {
    /// At most `count` bytes; fewer at the end of the file.
    func read(_ count: Int, at offset: Int64) throws(SystemCallError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var failure: SystemCallError?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            do throws(SystemCallError) {
                return try systemCall("pread") { pread(descriptor, bytes.baseAddress, count, off_t(offset)) }
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return buffer
    }
}

/// Runs blocking file work off the cooperative threads; a system call's error becomes the store's.
///
/// Work that has begun is finished even when the caller is cancelled.
func onPool<Value: Sendable>(
    _ pool: NIOThreadPool, _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
    do {
        return try await pool.runIfActive(work)
    } catch let error as SystemCallError {
        throw error.asStoreError
    }
}
