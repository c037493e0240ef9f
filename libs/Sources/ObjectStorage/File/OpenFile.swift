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

    /// Content and, when it grew, its size reach the disk before this returns.
    func synchronize() throws(SystemCallError) {
        try systemCall("fdatasync") { fdatasync(descriptor) }
    }
}

/// Entries made, renamed or removed in the directory survive a power cut once this returned.
func synchronizeDirectory(_ path: String) throws(SystemCallError) {
    let directory = try OpenFile(path, O_RDONLY | O_DIRECTORY)
    try systemCall("fsync") { fsync(directory.descriptor) }
}

/// Makes `path` and its missing parents, each durable in the one above it.
func makeDirectories(_ path: String) throws(SystemCallError) {
    if mkdir(path, 0o750) == 0 {
        return try synchronizeDirectory(parent(of: path))
    }
    switch errno {
    case EEXIST:
        return
    case ENOENT:
        try makeDirectories(parent(of: path))
        try makeDirectories(path)
    default:
        throw SystemCallError(call: "mkdir", errno: errno)
    }
}

func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
