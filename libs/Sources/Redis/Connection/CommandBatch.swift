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
    /// Our own question whether the server is still a primary.
    var isRoleCheck = false
    /// Whether it was the last of its write.
    var endsBatch = false
    /// Whether it was taken back before it was written.
    var isWithdrawn = false
}

/// Commands formatted one behind the other, to be written in one go.
struct CommandBatch: Sendable {
    private(set) var bytes = ByteBuffer()
    private(set) var entries: [CommandEntry] = []
    private var hasWithdrawn = false
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
        for index in entries.indices where !entries[index].isWithdrawn && condition(entries[index]) {
            completions.append(entries[index].completion)
            entries[index].completion = .nobody
            entries[index].isWithdrawn = true
            hasWithdrawn = true
        }
        return completions
    }

    /// Drops the withdrawn commands' bytes. Done once, before writing, so that many cancellations stay cheap.
    mutating func compact() {
        guard hasWithdrawn else { return }
        var kept = CommandBatch()
        for entry in entries {
            guard let command = bytes.readSlice(length: entry.byteCount), !entry.isWithdrawn else { continue }
            kept.append(entry) { $0.writeImmutableBuffer(command) }
        }
        self = kept
    }

    /// Empties it and keeps the storage for the next burst, up to a size worth keeping.
    mutating func clear() {
        entries.removeAll(keepingCapacity: entries.capacity <= 4096)
        hasWithdrawn = false
        earliestDeadline = .distantFuture
        if bytes.capacity <= 256 * 1024 { bytes.clear() } else { bytes = ByteBuffer() }
    }
}
