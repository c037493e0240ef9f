/// Checks UTF-8 that arrives in pieces (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
struct UTF8Validator {
    /// Continuation bytes still to come.
    private var missing: UInt8 = 0
    /// What the next continuation byte may be; narrower than 80...BF only for the second byte of some sequences.
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xBF

    /// Whether what was read so far ends between two characters.
    var isComplete: Bool { missing == 0 }

    /// Reads one more piece. False at the first byte that cannot be part of UTF-8; the validator is of no use then.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if missing == 0 {
                index = Self.skipASCII(bytes, from: index)
                if index == bytes.count { return true }
                guard start(bytes[index]) else { return false }
            } else {
                let byte = bytes[index]
                guard byte >= lower && byte <= upper else { return false }
                (lower, upper) = (0x80, 0xBF)
                missing -= 1
            }
            index += 1
        }
        return true
    }

    private mutating func start(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, lower) = (2, 0xA0)
        case 0xED: (missing, upper) = (2, 0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, lower) = (3, 0x90)
        case 0xF4: (missing, upper) = (3, 0x8F)
        case 0xF1...0xF3: missing = 3
        default: return false
        }
        return true
    }

    /// Eight bytes at a time: chat is mostly ASCII with JSON around it.
    private static func skipASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if word & 0x8080_8080_8080_8080 != 0 { break }
            index += 8
        }
        while index < bytes.count, bytes[index] < 0x80 { index += 1 }
        return index
    }
}
