package import Foundation
package import NIOCore
package import ObjectStorage

package func freshKey(_ place: String = "contract") -> ObjectKey {
    ObjectKey("\(place)/\(UUID().uuidString.lowercased())")!
}

/// Bytes among which no two stretches are the same by chance.
package func pattern(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
        for place in 0..<count { bytes[place] = UInt8(truncatingIfNeeded: place &* 31 &+ place >> 8 &+ place >> 15) }
        filled = count
    }
}

/// In pieces of odd sizes, as a socket gives them.
package struct Pieces: AsyncSequence, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(rest: bytes[...]) }

    package struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<UInt8>
        var size = 1

        package mutating func next() async -> ByteBuffer? {
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
    package func bytes(_ key: ObjectKey, _ range: Range<Int64> = 0..<Int64.max, ifMatch etag: String? = nil)
        async throws
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        for try await piece in try await read(key, range: range, ifMatch: etag) { bytes += Array(buffer: piece) }
        return bytes
    }
}

extension ObjectUploading {
    /// Of all pages.
    package func allUploads(begunBefore date: Date) async throws -> [ObjectUpload] {
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
    package func append(_ bytes: some Sequence<UInt8>, to upload: ObjectUpload, at offset: Int64) async throws -> Int64
    {
        let writer = try await writer(to: upload, at: offset)
        for await piece in Pieces(bytes) { try await writer.write(piece) }
        return try await writer.flush()
    }
}

extension PartUploading {
    /// Of all pages.
    package func allParts(of upload: ObjectUpload, after number: Int) async throws -> [ObjectPart] {
        var found: [ObjectPart] = []
        while case let page = try await parts(of: upload, after: found.last?.number ?? number), !page.isEmpty {
            found += page
        }
        return found
    }

    package func put(_ bytes: [UInt8], as number: Int, of upload: ObjectUpload) async throws -> ObjectPart {
        try await put(Pieces(bytes), size: Int64(bytes.count), as: number, of: upload)
    }
}
