/// Does `work`, and `renewal` beside it after every pause of `pause`, until the work is done.
///
/// Fails: as the work; as the renewal, and the work is cancelled then.
func renewing<Value: Sendable>(
    every pause: Duration, _ renewal: @escaping @Sendable () async throws -> Void,
    during work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            while (try? await Task.sleep(for: pause)) != nil { try await renewal() }
            return nil
        }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw CancellationError()
    }
}

extension Lease {
    /// One renewal may come late or not at all, and the next one still does before the end.
    var renewalPause: Duration { life / 3 }
}
