import Foundation

/// A file descriptor that is closed when its last holder lets go. The calls block: they belong on a thread pool.
final class OpenFile: Sendable {
    let descriptor: CInt

    init(_ path: String, _ flags: CInt, mode: mode_t = 0o640) throws(SystemCallError) {
        descriptor = try systemCall("open") { open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode) }
    }

    deinit {
        close(descriptor)
    }

    func status() throws(SystemCallError) -> stat {
        var status = stat()
        try systemCall("fstat") { fstat(descriptor, &status) }
        return status
    }

    func truncate(to size: Int64) throws(SystemCallError) {
        try systemCall("ftruncate") { ftruncate(descriptor, off_t(size)) }
    }

    /// Copies the first `count` bytes of `source` to `offset`, inside the kernel.
    func append(_ source: OpenFile, _ count: Int64, at offset: Int64) throws(SystemCallError) {
        try systemCall("lseek") { lseek(descriptor, off_t(offset), SEEK_SET) }
        var (position, rest) = (off_t(0), Int(count))
        while rest > 0 {
            let copied = try systemCall("sendfile") { sendfile(descriptor, source.descriptor, &position, rest) }
            if copied == 0 { throw SystemCallError(call: "sendfile", errno: EIO) }
            rest -= copied
        }
    }

    /// Content and, when it grew, its size reach the disk before this returns.
    func synchronize() throws(SystemCallError) {
        try systemCall("fdatasync") { fdatasync(descriptor) }
    }
}
