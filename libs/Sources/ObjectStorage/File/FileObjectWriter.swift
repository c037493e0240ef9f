import Foundation
public import NIOCore
import NIOPosix

/// Appends to one upload's file.
///
/// Buffers are gathered up to a batch and then written by one `pwritev` on a pool thread, while the socket goes on filling
/// its own bounded window: memory stays at about one batch a writer, whatever the file's size, and within one budget for all.
public actor FileObjectWriter: ObjectWriter {
    private let file: OpenFile
    private let batches: WriteBatches
    private let pool: NIOThreadPool
    /// Bytes before this are in the kernel.
    private var end: Int64
    private var pending: [ByteBuffer] = []
    private var pendingCount = 0
    /// After a failed write or sync nobody knows which bytes are safe, so nothing more is taken.
    private var fault: ObjectStoreError?

    init(file: OpenFile, at offset: Int64, pool: NIOThreadPool, batches: WriteBatches) {
        self.file = file
        self.pool = pool
        self.batches = batches
        end = offset
        batches.join()
    }

    deinit { batches.leave() }

    public func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        pending.append(bytes)
        pendingCount += bytes.readableBytes
        if pendingCount >= batches.size { try await drain(thenSync: false) }
    }

    public func flush() async throws -> Int64 {
        try await drain(thenSync: true)
        return end
    }

    private func drain(thenSync sync: Bool) async throws {
        if let fault { throw fault }
        let (buffers, start) = (pending, end)
        do {
            try await onPool(pool) { [file] in
                try file.write(buffers, at: start)
                if sync { try file.synchronize() }
            }
        } catch let error as ObjectStoreError {
            fault = error
            throw error
        }
        // Not before: what a cancelled caller could not begin to write is still to be written.
        end += Int64(pendingCount)
        pending.removeAll(keepingCapacity: true)
        pendingCount = 0
    }
}

extension OpenFile {
    /// Writes all of `buffers` one after another from `offset` on.
    func write(_ buffers: [ByteBuffer], at offset: Int64) throws(SystemCallError) {
        var offset = offset
        for group in stride(from: 0, to: buffers.count, by: Int(UIO_MAXIOV)) {
            var rest = buffers[group..<min(group + Int(UIO_MAXIOV), buffers.count)]
            while !rest.isEmpty {
                let written = try systemCall("pwritev") { pwritev(descriptor, rest, at: offset) }
                offset += Int64(written)
                rest.dropBytes(written)
            }
        }
    }
}

private func pwritev(_ descriptor: CInt, _ buffers: ArraySlice<ByteBuffer>, at offset: Int64) -> Int {
    // The vectors point into the buffers' storage, which `buffers` keeps alive past the call.
    withExtendedLifetime(buffers) {
        let vectors = buffers.map { buffer in
            buffer.withUnsafeReadableBytes {
                iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
            }
        }
        return Foundation.pwritev(descriptor, vectors, CInt(vectors.count), off_t(offset))
    }
}

extension ArraySlice where Element == ByteBuffer {
    fileprivate mutating func dropBytes(_ count: Int) {
        var count = count
        while count > 0, let first = self.first {
            if first.readableBytes > count {
                self[startIndex].moveReaderIndex(forwardBy: count)
                return
            }
            count -= first.readableBytes
            removeFirst()
        }
    }
}
