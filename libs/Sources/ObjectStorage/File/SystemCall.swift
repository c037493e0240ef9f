import Foundation

/// A system call that failed, with what errno said.
struct SystemCallError: Error {
    let call: StaticString
    let errno: Int32

    /// There is no such file.
    var isAbsence: Bool { errno == ENOENT || errno == ENOTDIR }

    /// What a caller of a store is told.
    var asStoreError: ObjectStoreError {
        switch errno {
        case ENOSPC, EDQUOT: .outOfSpace
        default: .unavailable(reason: "\(call): \(String(cString: strerror(errno)))")
        }
    }
}

/// Runs `body` until it is not interrupted; -1 becomes an error.
@discardableResult
func systemCall<Value: SignedInteger>(_ call: StaticString, _ body: () -> Value) throws(SystemCallError) -> Value {
    while true {
        let value = body()
        if value != -1 { return value }
        if errno != EINTR { throw SystemCallError(call: call, errno: errno) }
    }
}
