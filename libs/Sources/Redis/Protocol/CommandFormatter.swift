internal import CHiredis
internal import NIOCore

/// A command in the form the wire wants, written by hiredis's formatter. Freed with its owner.
struct FormattedCommand: ~Copyable {
    private let text: sds
    let count: Int

    /// Fails: `unavailable` when there is no memory for it.
    init(_ command: RedisCommand) throws(RedisError) {
        let formatted = Self.format(command.arguments)
        guard let text = formatted.text, formatted.count > 0 else { throw .unavailable("no memory for a command") }
        self.text = text
        self.count = formatted.count
    }

    deinit {
        redisFreeSdsCommand(text)
    }

    /// Appends the command to a batch.
    borrowing func write(to buffer: inout ByteBuffer) {
        buffer.writeBytes(UnsafeRawBufferPointer(start: text, count: count))
    }

    /// hiredis wants a pointer to each argument, all valid at once, so their bytes are laid out side by side first; for
    /// ordinary commands that room is on the stack.
    private static func format(_ arguments: [RedisArgument]) -> (text: sds?, count: Int) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: arguments.count) { lengths in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: arguments.count) { pointers in
                var total = 0
                for (index, argument) in arguments.enumerated() {
                    lengths[index] = argument.byteCount
                    total += lengths[index]
                }
                return withUnsafeTemporaryAllocation(byteCount: max(total, 1), alignment: 1) { room in
                    var offset = 0
                    for (index, argument) in arguments.enumerated() {
                        let place = UnsafeMutableRawBufferPointer(rebasing: room[offset..<offset + lengths[index]])
                        argument.copyBytes(to: place)
                        pointers[index] = UnsafePointer(place.baseAddress?.assumingMemoryBound(to: CChar.self))
                        offset += lengths[index]
                    }
                    var text: sds?
                    let count = redisFormatSdsCommandArgv(
                        &text, Int32(arguments.count), pointers.baseAddress, lengths.baseAddress)
                    return (text, Int(count))
                }
            }
        }
    }
}

extension RedisArgument {
    fileprivate var byteCount: Int {
        switch self {
        case .bytes(let buffer): buffer.readableBytes
        case .string(let text): text.utf8.count
        case .integer(let value): String(value).utf8.count
        }
    }

    fileprivate func copyBytes(to place: UnsafeMutableRawBufferPointer) {
        switch self {
        case .bytes(let buffer): buffer.withUnsafeReadableBytes { place.copyMemory(from: $0) }
        case .string(let text): place.copyBytes(from: text.utf8)
        case .integer(let value): place.copyBytes(from: String(value).utf8)
        }
    }
}
