import Glibc

/// A string kept in the form C reads.
struct CString: ~Copyable, @unchecked Sendable {  // unchecked: immutable memory of its own
    let pointer: UnsafePointer<CChar>

    init(_ text: String) {
        pointer = UnsafePointer(strdup(text))
    }

    deinit {
        free(UnsafeMutablePointer(mutating: pointer))
    }
}

/// A nil-terminated array of C strings.
struct CStrings: ~Copyable {
    private let array: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        array = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() { (array + index).initialize(to: UnsafePointer(strdup(text))) }
        (array + count).initialize(to: nil)
    }

    var pointers: UnsafePointer<UnsafePointer<CChar>?> { UnsafePointer(array) }

    deinit {
        for index in 0..<count { free(UnsafeMutablePointer(mutating: array[index])) }
        array.deallocate()
    }
}
