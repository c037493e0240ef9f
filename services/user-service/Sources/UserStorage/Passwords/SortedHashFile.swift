import Foundation

/// Lines that begin with a SHA-1 hash, 40 hexadecimal digits, in the order of the hashes; a colon and a count may follow each.
///
/// Searched where it lies: some 40 reads of 192 bytes for the largest, which nothing is kept of. The file stays open, so that
/// another one may take its name.
final class SortedHashFile: Sendable {
    /// Why a file is none, in words for an operator; it repeats nothing of it.
    struct Unusable: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    struct Line: Hashable {
        /// In capitals.
        let hash: [UInt8]
        let start: Int
        /// Where the next one begins.
        let end: Int
    }

    static let digits = 40
    /// With its end: a hash, a colon, 20 digits, CR and LF, and one to spare.
    private static let longestLine = 64
    private static let samples = 1_024

    private let file: Int32
    private let size: Int

    /// Looks at some thousand lines, spread over all of it: one that is not sorted or not whole is found out, wherever that is.
    init(path: String) throws(Unusable) {
        // Not to wait for who writes to a pipe.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw Unusable(description: "cannot be opened: \(String(cString: strerror(errno)))") }
        (self.file, size) = (file, Int(lseek(file, 0, SEEK_END)))
        var first: UInt8 = 0
        // A folder and a pipe can be opened, and not be read from a place.
        guard pread(file, &first, 1, 0) >= 0, size >= 0 else {
            throw Unusable(description: "cannot be read: \(String(cString: strerror(errno)))")
        }
        guard size > 0 else { throw Unusable(description: "is empty") }
        try check()
    }

    deinit {
        close(file)
    }

    /// - Parameter hash: 40 hexadecimal digits, in capitals.
    func contains(_ hash: [UInt8]) throws(Unusable) -> Bool {
        // Where a line with it begins, if there is one: from `low` on, and before `high`.
        var (low, high) = (0, size)
        while low < high {
            let middle = low + (high - low) / 2
            guard let line = try line(from: middle), line.start < high else {
                high = middle
                continue
            }
            if line.hash == hash { return true }
            if line.hash.lexicographicallyPrecedes(hash) { low = line.end } else { high = middle }
        }
        return false
    }

    private func check() throws(Unusable) {
        var last: Line?
        let step = max(1, size / Self.samples)
        for sample in 0..<Self.samples + 1 {
            let (offset, isOver) = sample.multipliedReportingOverflow(by: step)
            guard !isOver, offset < size, let line = try line(from: offset) else { break }
            try Self.check(line, after: last)
            last = line
        }
        // What was cut off ends in the middle of a line, and what was added to ends out of order.
        var offset = max(0, size - 2 * Self.longestLine)
        last = nil
        while let line = try line(from: offset) {
            try Self.check(line, after: last)
            (last, offset) = (line, line.end)
        }
    }

    private static func check(_ line: Line, after last: Line?) throws(Unusable) {
        guard let last, line.hash.lexicographicallyPrecedes(last.hash) else { return }
        throw Unusable(description: "is not sorted by hash, near byte \(line.start)")
    }

    /// The first one that begins at `offset` or behind it; nil where none does.
    private func line(from offset: Int) throws(Unusable) -> Line? {
        let begin = max(0, offset - 1)
        let bytes = try bytes(from: begin, atMost: 3 * Self.longestLine)
        var first = 0
        if offset > 0 {
            guard let feed = bytes.prefix(Self.longestLine).firstIndex(of: UInt8(ascii: "\n")) else {
                // The last line needs no end.
                if begin + bytes.count == size, bytes.count < Self.longestLine { return nil }
                throw malformed(offset)
            }
            first = feed + 1
        }
        guard begin + first < size else { return nil }
        let feed = bytes[first...].firstIndex(of: UInt8(ascii: "\n"))
        let end = feed ?? bytes.count
        guard feed != nil || begin + bytes.count == size, let hash = Self.hash(bytes[first..<end]) else {
            throw malformed(begin + first)
        }
        return Line(hash: hash, start: begin + first, end: begin + (feed.map { $0 + 1 } ?? end))
    }

    /// Nil for what is no such line.
    private static func hash(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        guard text.count < longestLine, text.count >= digits else { return nil }
        let hash = text.prefix(digits).map { (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) ? $0 - 32 : $0 }
        let rest = text.dropFirst(digits)
        guard hash.allSatisfy({ isDigit($0) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) }),
            rest.isEmpty || rest.count > 1 && rest.first == UInt8(ascii: ":") && rest.dropFirst().allSatisfy(isDigit)
        else { return nil }
        return hash
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private func malformed(_ offset: Int) -> Unusable {
        Unusable(description: "has no SHA-1 hash of 40 digits, colon and count in the line at byte \(offset)")
    }

    /// Fewer only at its end.
    private func bytes(from offset: Int, atMost limit: Int) throws(Unusable) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(limit, size - offset))
        var have = 0
        while have < bytes.count {
            let count = bytes[have...].withUnsafeMutableBytes {
                pread(file, $0.baseAddress, $0.count, off_t(offset + have))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = count < 0 ? String(cString: strerror(errno)) : "it is shorter than it was"
                throw Unusable(description: "cannot be read: \(reason)")
            }
            have += count
        }
        return bytes
    }
}
