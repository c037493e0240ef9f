public import Foundation

/// Where what is in a zip archive of files that are stored as they are (APPNOTE.TXT 6.3.10, method 0): known from the files' names,
/// sizes and checksums alone, so that any part of the archive can be given without looking at the rest.
///
/// Up to 65,534 files and 4 GiB: what needs zip64 is refused.
public struct ZipLayout: Sendable {
    public struct File: Sendable, Hashable {
        public let name: String
        /// CRC-32 of the content.
        public let checksum: UInt32
        public let size: UInt32

        public init(name: String, checksum: UInt32, size: UInt32) {
            self.name = name
            self.checksum = checksum
            self.size = size
        }
    }

    /// A piece of the archive.
    public enum Piece: Sendable, Hashable {
        case bytes(Data)
        /// This much of the content of the file with this index.
        case content(Int, Range<Int>)
    }

    public let size: Int
    private let files: [File]
    /// Where each file's header begins, and after the last one the directory.
    private let offsets: [Int]

    /// Nil for more than fits.
    public init?(_ files: [File]) {
        guard files.count < 0xFFFF else { return nil }
        var (offset, offsets) = (0, [Int]())
        offsets.reserveCapacity(files.count + 1)
        for file in files {
            offsets.append(offset)
            offset += 30 + file.name.utf8.count + Int(file.size)
        }
        offsets.append(offset)
        let size = offset + files.reduce(22) { $0 + 46 + $1.name.utf8.count }
        guard size < 0xFFFF_FFFF else { return nil }
        (self.files, self.offsets, self.size) = (files, offsets, size)
    }

    /// What is in this range of the archive, in its order.
    public func pieces(in range: Range<Int>) -> [Piece] {
        var found: [Piece] = []
        func add(_ bytes: Data, at offset: Int) {
            let part = range.clamped(to: offset..<offset + bytes.count)
            guard !part.isEmpty else { return }
            found.append(.bytes(Data(bytes[part.lowerBound - offset..<part.upperBound - offset])))
        }
        // The first file that reaches into the range.
        var index = offsets.dropLast().partition(endingBefore: range.lowerBound)
        while index < files.count, offsets[index] < range.upperBound {
            let (file, offset) = (files[index], offsets[index])
            let header = Self.header(of: file)
            add(header, at: offset)
            let begin = offset + header.count
            let part = range.clamped(to: begin..<begin + Int(file.size))
            if !part.isEmpty { found.append(.content(index, part.lowerBound - begin..<part.upperBound - begin)) }
            index += 1
        }
        if range.upperBound > offsets[files.count] { add(directory(), at: offsets[files.count]) }
        return found
    }

    private static func header(of file: File) -> Data {
        var bytes = Data()
        bytes.append(little: UInt32(0x0403_4B50))
        bytes.append(common(file))
        bytes.append(contentsOf: file.name.utf8)
        return bytes
    }

    /// What both headers have: version 2.0, names in UTF-8, stored, 1 January 1980.
    private static func common(_ file: File) -> Data {
        var bytes = Data()
        for field in [20, 0x0800, 0, 0, 0x0021] as [UInt16] { bytes.append(little: field) }
        for field in [file.checksum, file.size, file.size] { bytes.append(little: field) }
        bytes.append(little: UInt16(truncatingIfNeeded: file.name.utf8.count))
        bytes.append(little: UInt16(0))
        return bytes
    }

    private func directory() -> Data {
        var bytes = Data()
        for (file, offset) in zip(files, offsets) {
            bytes.append(little: UInt32(0x0201_4B50))
            bytes.append(little: UInt16(20))
            bytes.append(Self.common(file))
            for _ in 0..<3 { bytes.append(little: UInt16(0)) }
            bytes.append(little: UInt32(0))
            bytes.append(little: UInt32(truncatingIfNeeded: offset))
            bytes.append(contentsOf: file.name.utf8)
        }
        let (count, length) = (UInt16(truncatingIfNeeded: files.count), UInt32(truncatingIfNeeded: bytes.count))
        bytes.append(little: UInt32(0x0605_4B50))
        for field in [0, 0, count, count] { bytes.append(little: field) }
        bytes.append(little: length)
        bytes.append(little: UInt32(truncatingIfNeeded: offsets[files.count]))
        bytes.append(little: UInt16(0))
        return bytes
    }
}

extension Data {
    fileprivate mutating func append(little value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

extension Collection where Element == Int, Index == Int {
    /// The index of the last element that is no greater than `bound`; the first one's, where all are.
    fileprivate func partition(endingBefore bound: Int) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] <= bound { low = middle + 1 } else { high = middle }
        }
        return Swift.max(startIndex, low - 1)
    }
}
