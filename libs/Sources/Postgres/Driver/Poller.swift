internal import CLibPQ
import Glibc

/// What a driver's thread sleeps in: it wakes for its socket, for `wake()`, or when its time is up.
///
/// The event descriptor is edge-triggered, so that a wake-up costs one `write` and is never read back.
final class Poller: Sendable {
    struct Readiness {
        var isReadable = false
        var isWritable = false
    }

    private let epoll: Int32
    private let event: Int32

    init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        event = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        watch(event, events: EPOLLIN.rawValue | EPOLLET.rawValue, with: EPOLL_CTL_ADD)
    }

    deinit {
        close(event)
        close(epoll)
    }

    /// Ends the current or the next `wait`. From any thread.
    func wake() {
        var one: UInt64 = 1
        _ = write(event, &one, MemoryLayout<UInt64>.size)
    }

    func attach(_ socket: Int32) {
        watch(socket, events: EPOLLIN.rawValue, with: EPOLL_CTL_ADD)
    }

    /// Before the socket is closed.
    func detach(_ socket: Int32) {
        watch(socket, events: 0, with: EPOLL_CTL_DEL)
    }

    /// Whether room to write in `socket` is also worth waking for.
    func setWantsRoom(_ wantsRoom: Bool, in socket: Int32) {
        watch(socket, events: EPOLLIN.rawValue | (wantsRoom ? EPOLLOUT.rawValue : 0), with: EPOLL_CTL_MOD)
    }

    /// Sleeps. Nil waits without end; a time that is not a whole number of milliseconds is rounded up.
    func wait(atMost nanoseconds: Nanoseconds?) -> Readiness {
        let milliseconds = nanoseconds.map { Int32(clamping: ($0 + 999_999) / 1_000_000) } ?? -1
        return withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 2) { events in
            var readiness = Readiness()
            let count = epoll_wait(epoll, events.baseAddress, 2, milliseconds)
            for index in 0..<max(0, Int(count)) where events[index].data.fd != event {
                let happened = events[index].events
                readiness.isWritable = happened & EPOLLOUT.rawValue != 0
                readiness.isReadable = happened & ~EPOLLOUT.rawValue != 0  // errors and hang-ups show when read
            }
            return readiness
        }
    }

    private func watch(_ descriptor: Int32, events: UInt32, with operation: Int32) {
        var interest = epoll_event()
        interest.events = events
        interest.data.fd = descriptor
        epoll_ctl(epoll, operation, descriptor, &interest)
    }
}
