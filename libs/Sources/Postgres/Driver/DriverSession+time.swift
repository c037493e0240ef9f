internal import DequeModule
internal import Timing

// MARK: - What a session does when nothing happens

extension DriverSession {
    /// A request nobody waits for any more is left this long to end by itself before the server is bothered.
    private static let cancelGrace: Nanoseconds = 5_000_000
    /// How long statements in flight may take when the client is closed.
    static let closeGrace: Nanoseconds = 5_000_000_000

    func watch(_ now: Nanoseconds) {
        if now >= earliestDeadline { expireOverdue(now) }
        guard let head = pipeline.head else { return }
        if head !== cancelled, head.isAbandoned, now >= headSince + Self.cancelGrace {
            cancelled = head
            cancels?.cancelWhateverRuns()
        }
        if let silenceTimeout { askIfSilent(now, silenceTimeout) }
    }

    /// When to look again although nothing happened.
    var nextDeadline: Nanoseconds? {
        var deadline = min(deadlineToClose ?? .max, earliestDeadline)
        guard let head = pipeline.head else { return deadline == .max ? nil : deadline }
        if head !== cancelled, head.isAbandoned { deadline = min(deadline, headSince + Self.cancelGrace) }
        if let responseTimeout { deadline = min(deadline, headSince.addingSaturated(responseTimeout)) }
        // A question under way wakes the driver with its answer.
        if let silenceTimeout, askedAt < heardAt { deadline = min(deadline, heardAt.addingSaturated(silenceTimeout)) }
        return deadline == .max ? nil : deadline
    }

    /// Lets the callers go whose own time is up. What was sent is cancelled when its turn comes.
    private func expireOverdue(_ now: Nanoseconds) {
        var next = Nanoseconds.max
        func look(_ request: Request, wasSent: Bool) {
            if request.deadline > now {
                next = min(next, request.deadline)
            } else if !request.isAbandoned {
                request.expire(wasSent: wasSent)
            }
        }
        for request in pipeline.unanswered { look(request, wasSent: true) }
        for request in held { look(request, wasSent: false) }
        earliestDeadline = next
    }

    /// The server owes an answer and has said nothing for a while: a long statement, or the server's end?
    private func askIfSilent(_ now: Nanoseconds, _ limit: Nanoseconds) {
        guard now >= heardAt.addingSaturated(limit) else { return }
        switch probe.takeFinding() {
        case .asking: break
        case .alive: heardAt = now
        // What was found before the server spoke again says nothing.
        case .silent where askedAt >= heardAt:
            queue.isSilent(address, error: PostgresError(.unavailable, "the server fell silent"))
        case .silent, .none:
            askedAt = now
            probe.ask { [driver] in driver.wake() }
        }
    }
}
