import DomainKit
import Synchronization

/// Whether mail goes out of this replica, as its last tries have it.
public final class MailCondition: Sendable {
    private let trouble = Mutex<String?>(nil)

    public init() {}

    func note(_ reason: String?) {
        trouble.withLock { $0 = reason }
    }

    /// Fails: `Stuck`, with what the last failure was.
    public func check() throws {
        if let reason = trouble.withLock({ $0 }) { throw Stuck(description: "mail does not go out: \(reason)") }
    }

    struct Stuck: Error, CustomStringConvertible {
        let description: String
    }
}
