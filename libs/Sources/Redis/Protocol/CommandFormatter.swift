internal import CHiredis
internal import NIOCore

/// A command in the form the wire wants, written by hiredis's formatter. Must be freed once with `free()`.
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

    private static func format(_ arguments: [RedisArgument]) -> (text: sds?, count: Int) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: arguments.count) { pointers in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: arguments.count) { lengths in
                collect(arguments, from: 0, into: pointers, lengths)
            }
        }
    }

    /// Each argument's bytes stay where they are only while their closure runs, so the calls nest, one for each.
    private static func collect(
        _ arguments: [RedisArgument], from index: Int, into pointers: UnsafeMutableBufferPointer<UnsafePointer<CChar>?>,
        _ lengths: UnsafeMutableBufferPointer<Int>
    ) -> (text: sds?, count: Int) {
        guard index < arguments.count else {
            var text: sds?
            let count = redisFormatSdsCommandArgv(
                &text, Int32(arguments.count), pointers.baseAddress, lengths.baseAddress)
            return (text, Int(count))
        }
        return withBytes(of: arguments[index]) { bytes in
            pointers[index] = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            lengths[index] = bytes.count
            return collect(arguments, from: index + 1, into: pointers, lengths)
        }
    }

    private static func withBytes<Result>(
        of argument: RedisArgument, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        switch argument {
        case .bytes(let buffer): return buffer.withUnsafeReadableBytes(body)
        case .string(var text): return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        case .integer(let value):
            var text = String(value)
            return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        }
    }
}
