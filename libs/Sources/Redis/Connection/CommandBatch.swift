internal import NIOCore

/// Who is told about a reply.
enum Completion: Sendable {
    /// A task that waits. The unsafe form saves an allocation and a check for each command; that it is resumed once,
    /// and once only, follows from an entry living in exactly one queue and losing its completion when told.
    case task(UnsafeContinuation<RESPValue, any Error>)
    /// Called on the connection's event loop.
    case callback(@Sendable (Result<RESPValue, RedisError>) -> Void)
    /// Nobody, any more: the caller went away.
    case nobody

    func callAsFunction(_ result: Result<RESPValue, RedisError>) {
        switch self {
        case .task(let continuation): continuation.resume(with: result)
        case .callback(let body): body(result)
        case .nobody: break
        }
    }
}

/// A command that waits to be written or answered.
struct CommandEntry: Sendable {
    var completion: Completion
    /// Names the caller for its cancellation.
    let ticket: UInt64
    let deadline: NIODeadline
    let byteCount: Int
    /// Replies before the one that counts (`OK` and `QUEUED` within a transaction).
    var repliesToSkip: Int
}

/// Commands formatted one behind the other, to be written in one go.
struct CommandBatch: Sendable {
    private(set) var bytes = ByteBuffer()
    private(set) var entries: [CommandEntry] = []
    private var withdrawn: [Int] = []
    /// The first moment at which one of the commands is overdue.
    private(set) var earliestDeadline = NIODeadline.distantFuture

    var isEmpty: Bool { entries.isEmpty }

    mutating func append(_ entry: CommandEntry, _ write: (inout ByteBuffer) -> Void) {
        write(&bytes)
        entries.append(entry)
        if entry.deadline < earliestDeadline { earliestDeadline = entry.deadline }
    }

    /// Takes back the commands that satisfy `condition`; they will not be written.
    mutating func withdraw(where condition: (CommandEntry) -> Bool) -> [Completion] {
        var completions: [Completion] = []
        for index in entries.indices where condition(entries[index]) {
            if case .nobody = entries[index].completion { continue }
            completions.append(entries[index].completion)
            entries[index].completion = .nobody
            withdrawn.append(index)
        }
        return completions
    }

    /// Drops the withdrawn commands' bytes. Done once, before writing, so that many cancellations stay cheap.
    mutating func compact() {
        guard !withdrawn.isEmpty else { return }
        let dropped = Set(withdrawn)
        var kept = CommandBatch()
        var offset = bytes.readerIndex
        for (index, entry) in entries.enumerated() {
            defer { offset += entry.byteCount }
            guard !dropped.contains(index), let slice = bytes.getSlice(at: offset, length: entry.byteCount) else {
                continue
            }
            kept.append(entry) { $0.writeImmutableBuffer(slice) }
        }
        self = kept
    }

    /// Empties it and keeps the storage for the next burst, up to a size worth keeping.
    mutating func clear() {
        entries.removeAll(keepingCapacity: entries.capacity <= 4096)
        withdrawn.removeAll()
        earliestDeadline = .distantFuture
        if bytes.capacity <= 256 * 1024 { bytes.clear() } else { bytes = ByteBuffer() }
    }
}
