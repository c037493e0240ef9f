public import ChatDomain
import Synchronization

/// Remembers what was announced.
public final class RecordedEvents: RoomEvents {
    private let events = Mutex<[RoomEvent]>([])

    public init() {}

    public var all: [RoomEvent] { events.withLock { $0 } }

    public var messages: [Message] {
        all.compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    public func announce(_ event: RoomEvent) {
        events.withLock { $0.append(event) }
    }
}
