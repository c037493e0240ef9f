import Foundation
import NIOCore
import ObjectStorage

func freshKey(_ place: String = "contract") -> ObjectKey {
    ObjectKey("\(place)/\(UUID().uuidString.lowercased())")!
}

/// Bytes among which no two stretches are the same by chance.
func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ $0 >> 15) }
}

/// In pieces of odd sizes, as a socket gives them.
struct Pieces: AsyncSequence, Sendable {
    let bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: bytes[...]) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<UInt8>
        var size = 1

        mutating func next() async -> ByteBuffer? {
            if rest.isEmpty { return nil }
            defer {
                rest = rest.dropFirst(size)
                size = size * 3 % 70_001
            }
            return ByteBuffer(bytes: rest.prefix(size))
        }
    }
}

extension ObjectReading {
    func bytes(_ key: ObjectKey, _ range: Range<Int64> = 0..<Int64.max, ifMatch etag: String? = nil) async throws
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        for try await piece in try await read(key, range: range, ifMatch: etag) { bytes += piece.readableBytesView }
        return bytes
    }
}

extension ObjectUploading {
    /// Of all pages.
    func allUploads(begunBefore date: Date) async throws -> [ObjectUpload] {
        var (found, mark): ([ObjectUpload], String?) = ([], nil)
        repeat {
            let page = try await uploads(begunBefore: date, after: mark)
            found += page.items
            mark = page.next
        } while mark != nil
        return found
    }
}

extension TailUploading {
    @discardableResult
    func append(_ bytes: some Sequence<UInt8>, to upload: ObjectUpload, at offset: Int64) async throws -> Int64 {
        let writer = try await writer(to: upload, at: offset)
        for await piece in Pieces(bytes) { try await writer.write(piece) }
        return try await writer.flush()
    }
}

extension PartUploading {
    /// Of all pages.
    func allParts(of upload: ObjectUpload, after number: Int) async throws -> [ObjectPart] {
        var found: [ObjectPart] = []
        while case let page = try await parts(of: upload, after: found.last?.number ?? number), !page.isEmpty {
            found += page
        }
        return found
    }

    func put(_ bytes: [UInt8], as number: Int, of upload: ObjectUpload) async throws -> ObjectPart {
        try await put(Pieces(bytes), size: Int64(bytes.count), as: number, of: upload)
    }
}
