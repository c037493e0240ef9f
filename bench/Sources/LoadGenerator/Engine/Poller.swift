import CEpoll
import Glibc

/// One epoll instance: a generator that shares the machine with what it measures must be cheap itself.
struct Poller {
    static let readable = EPOLLIN.rawValue
    static let writable = EPOLLOUT.rawValue

    private let descriptor: Int32
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Poller.batch)
    private static let batch = 512

    init() throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        if descriptor < 0 { throw SystemError("epoll_create1") }
    }

    func add(_ file: Int32, _ interest: UInt32) throws {
        try control(EPOLL_CTL_ADD, file, interest)
    }

    func change(_ file: Int32, _ interest: UInt32) throws {
        try control(EPOLL_CTL_MOD, file, interest)
    }

    private func control(_ operation: Int32, _ file: Int32, _ interest: UInt32) throws {
        var event = epoll_event(events: interest, data: epoll_data_t(fd: file))
        if epoll_ctl(descriptor, operation, file, &event) != 0 { throw SystemError("epoll_ctl") }
    }

    /// Waits until something is ready or `deadline` has come, and calls `body` for each file that is ready.
    func wait(until deadline: Int64, _ body: (Int32, UInt32) throws -> Void) rethrows {
        let left = max(0, deadline - Monotonic.now)
        var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        let count = epoll_pwait2(descriptor, events, Int32(Self.batch), &time, nil)
        for index in 0..<max(0, Int(count)) {
            try body(events[index].data.fd, events[index].events)
        }
    }
}

/// A system call that failed.
struct SystemError: Error, CustomStringConvertible {
    let description: String

    init(_ call: String, _ code: Int32 = errno) {
        description = "\(call): \(String(cString: strerror(code)))"
    }
}
