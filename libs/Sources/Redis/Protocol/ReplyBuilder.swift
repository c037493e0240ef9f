internal import CHiredis
internal import NIOCore

/// Puts a reply together out of the pieces hiredis's reader finds, without an intermediate `redisReply` tree.
///
/// The reader calls one function for each piece, parents before children. `open` holds the arrays still waiting for
/// elements, the outermost first.
final class ReplyBuilder {
    private struct OpenArray {
        var elements: [RESPValue]
        var missing: Int
    }

    /// As deep as hiredis 0.14 goes; later versions follow a peer much further.
    private static let deepest = 7

    private var open: [OpenArray] = []
    /// The reply cannot be represented; the stream is to be given up.
    private(set) var isSpoiled = false
    private var finished: RESPValue?
    /// How a bulk string's bytes become a buffer: a slice of what was read, or a copy.
    var makeBuffer: ((UnsafeRawBufferPointer) -> ByteBuffer) = { ByteBuffer(bytes: $0) }

    /// The finished reply, once.
    func take() -> RESPValue? {
        defer { finished = nil }
        return finished
    }

    func string(_ bytes: UnsafeRawBufferPointer, type: Int32) {
        switch type {
        case REDIS_REPLY_STATUS: add(.simple(String(decoding: bytes, as: UTF8.self)))
        case REDIS_REPLY_ERROR: add(.error(RedisServerError(String(decoding: bytes, as: UTF8.self))))
        default: add(.bulk(makeBuffer(bytes)))
        }
    }

    func array(count: Int) {
        guard count > 0 else { return add(.array([])) }
        guard open.count < Self.deepest else {
            isSpoiled = true
            return
        }
        var elements: [RESPValue] = []
        elements.reserveCapacity(min(count, 1024))  // a length is only a promise of the peer
        open.append(OpenArray(elements: elements, missing: count))
    }

    func add(_ value: RESPValue) {
        var value = value
        while let last = open.indices.last {
            open[last].elements.append(value)
            open[last].missing -= 1
            guard open[last].missing == 0 else { return }
            value = .array(open.removeLast().elements)
        }
        finished = value
    }
}

extension ReplyBuilder {
    /// The table hiredis calls. Each function must return something that is not null; the builder itself serves.
    ///
    /// Unsafe to the compiler only because it is a pointer; it is written once, here, and read by C ever after.
    nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let table = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        // Field by field: hiredis 1.x has more of them, for RESP3, and counts arrays in another type.
        table.initialize(to: redisReplyObjectFunctions())
        table.pointee.createString = { task, bytes, count in
            ReplyBuilder.with(task) { $0.string(UnsafeRawBufferPointer(start: bytes, count: count), type: $1.type) }
        }
        table.pointee.createArray = { task, count in
            ReplyBuilder.with(task) { builder, _ in builder.array(count: Int(clamping: count)) }
        }
        table.pointee.createInteger = { task, value in
            ReplyBuilder.with(task) { builder, _ in builder.add(.integer(Int(clamping: value))) }
        }
        table.pointee.createNil = { task in ReplyBuilder.with(task) { builder, _ in builder.add(.null) } }
        table.pointee.freeObject = { _ in }
        return table
    }()

    /// The builder stands behind the reader's private pointer, which every task of the reader carries.
    private static func with(
        _ task: UnsafePointer<redisReadTask>?, _ body: (ReplyBuilder, redisReadTask) -> Void
    ) -> UnsafeMutableRawPointer? {
        guard let task, let pointer = task.pointee.privdata else { return nil }
        body(Unmanaged<ReplyBuilder>.fromOpaque(pointer).takeUnretainedValue(), task.pointee)
        return pointer
    }
}
