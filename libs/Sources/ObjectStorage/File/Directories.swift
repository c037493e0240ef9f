import Foundation

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

/// An entry of a directory.
struct DirectoryEntry {
    var name: String
    var isDirectory: Bool
}

/// What is in the directory, in no order; nothing when there is none.
func entries(of path: String) throws(SystemCallError) -> [DirectoryEntry] {
    guard let directory = opendir(path) else {
        let error = SystemCallError(call: "opendir", errno: errno)
        if error.isAbsence { return [] }
        throw error
    }
    defer { closedir(directory) }
    var found: [DirectoryEntry] = []
    while true {
        errno = 0
        guard let entry = readdir(directory) else {
            if errno != 0 { throw SystemCallError(call: "readdir", errno: errno) }
            return found
        }
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        found.append(DirectoryEntry(name: name, isDirectory: Int(entry.pointee.d_type) == Int(DT_DIR)))
    }
}

/// Nil when there is nothing of that name.
func status(of path: String) throws(SystemCallError) -> stat? {
    var status = stat()
    do {
        try systemCall("lstat") { lstat(path, &status) }
        return status
    } catch {
        if error.isAbsence { return nil }
        throw error
    }
}

/// Removes a file; none is success. That it is gone survives a power cut, unless the directory goes with it.
func unlinkDurably(_ path: String, synchronizes: Bool = true) throws(SystemCallError) {
    do {
        try systemCall("unlink") { unlink(path) }
    } catch {
        if error.isAbsence { return }
        throw error
    }
    if synchronizes { try synchronizeDirectory(parent(of: path)) }
}
