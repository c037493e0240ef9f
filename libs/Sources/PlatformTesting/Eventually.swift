/// Asks again and again until there is an answer, neither nil nor an error: the one wait for what nobody tells of.
///
/// Fails when there is none in time, with the last error or with `NeverHappened`; cancelling ends it at once.
@discardableResult
public func eventually<Answer>(
    _ what: String = "it", within limit: Duration = .seconds(60), _ ask: () async throws -> Answer?
) async throws -> Answer {
    let clock = ContinuousClock()
    let end = clock.now + limit
    // Between two questions, so that what is asked has time to happen: short at first, as most things take no time.
    var pause = Duration.milliseconds(2)
    while true {
        do {
            if let answer = try await ask() { return answer }
            if clock.now >= end { throw NeverHappened(what: what) }
        } catch  where clock.now < end && !Task.isCancelled {}
        try await clock.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(100))
    }
}

/// Waits until `condition` holds, as `eventually` does for an answer.
public func until(
    _ what: String = "it", within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: limit) { try await condition() ? true : nil }
}

/// What a test waited for in vain.
public struct NeverHappened: Error, CustomStringConvertible {
    public let what: String
    public var description: String { "never: \(what)" }
}
