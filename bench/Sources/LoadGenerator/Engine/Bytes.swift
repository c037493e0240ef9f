import CEpoll
import Glibc

extension UnsafeRawBufferPointer {
    /// Where the bytes after the first `text` begin; nil when it does not occur.
    func offset(after text: StaticString) -> Int? {
        guard let base = baseAddress,
            let found = memmem(base, count, text.utf8Start, text.utf8CodeUnitCount)
        else { return nil }
        return UnsafeRawPointer(found) - base + text.utf8CodeUnitCount
    }

    subscript(from start: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start...])
    }
}
