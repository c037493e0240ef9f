/// Waits for what others signal, each time with a patience of its own.
///
/// A signal that comes while nobody waits ends the next wait at once. For one task.
struct Wakes: Sendable {
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    private init() {
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Runs `body` with what waits for `signals`.
    static func by<Value: Sendable>(
        _ signals: AsyncStream<Void>, _ body: @escaping @Sendable (Wakes) async throws -> Value
    ) async throws -> Value {
        let wakes = Wakes()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                for await _ in signals { wakes.signal.yield() }
                return nil
            }
            group.addTask { try await body(wakes) }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    /// Returns with the next signal, and when `patience` is over. Fails when cancelled.
    func wait(atMost patience: Duration) async throws {
        let timer = Task { [signal] in
            if (try? await Task.sleep(for: patience)) != nil { signal.yield() }
        }
        defer { timer.cancel() }
        for await _ in signals { break }
        try Task.checkCancellation()
    }
}
