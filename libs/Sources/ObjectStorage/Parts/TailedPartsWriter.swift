public import NIOCore

/// Writes one upload of a store of parts from one offset on.
///
/// What a failed call took stays taken: the next write or flush goes on with the same part or tail.
public actor TailedPartsWriter<Store: PartUploading & ObjectPutting & ObjectReading & ObjectRemoving>: ObjectWriter {
    private let store: Store
    private let upload: ObjectUpload
    private let partSize: Int
    /// Where `pending` begins: behind all whole parts.
    private var start: Int64
    private var digest: [UInt8]
    private var pending: [ByteBuffer]
    private var pendingCount: Int
    private var turn: UInt64
    /// Never the one that this writer began with, until another is durable.
    private var slot: Int

    init(store: Store, upload: ObjectUpload, tail: Tail, turn: UInt64, slot: Int) {
        self.store = store
        self.upload = upload
        self.turn = turn
        self.slot = slot
        partSize = Int(tail.partSize)
        start = tail.start
        digest = tail.digest
        pending = [tail.bytes]
        pendingCount = tail.bytes.readableBytes
    }

    public func write(_ bytes: ByteBuffer) async throws {
        pending.append(bytes)
        pendingCount += bytes.readableBytes
        while pendingCount >= partSize { try await putPart() }
    }

    public func flush() async throws -> Int64 {
        while pendingCount >= partSize { try await putPart() }
        var tail = Tail(partSize: Int64(partSize))
        tail.turn = turn + 1
        tail.start = start
        tail.digest = digest
        for buffer in pending { tail.bytes.writeImmutableBuffer(buffer) }
        try await store.put(tail.encoded, as: Tail.key(of: upload, slot: slot))
        turn += 1
        slot = 1 - slot
        return tail.end
    }

    private func putPart() async throws {
        var (taken, rest, count): ([ByteBuffer], [ByteBuffer], Int) = ([], [], 0)
        for buffer in pending {
            var buffer = buffer
            if count < partSize, let piece = buffer.readSlice(length: min(partSize - count, buffer.readableBytes)) {
                taken.append(piece)
                count += piece.readableBytes
            }
            if buffer.readableBytes > 0 { rest.append(buffer) }
        }
        let number = Int(start / Int64(partSize)) + 1
        let part = try await store.put(BufferSequence(taken), size: Int64(partSize), as: number, of: upload)
        digest = Tail.digest(digest, part)
        start += Int64(partSize)
        pending = rest
        pendingCount -= partSize
    }
}

/// Buffers at hand, one after another.
struct BufferSequence: AsyncSequence, Sendable {
    private let buffers: [ByteBuffer]

    init(_ buffers: [ByteBuffer]) {
        self.buffers = buffers
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: buffers[...]) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<ByteBuffer>

        mutating func next() async -> ByteBuffer? { rest.popFirst() }
    }
}
