import DomainKit
import Foundation
public import HTTPKit
import Metrics
import Synchronization

/// Takes whole lines and writes them to a file descriptor, on a queue of its own.
///
/// A line after a pause goes out at once; lines of a burst are joined for up to 50 ms, so that a busy service makes
/// twenty writes a second and not one a request. `flush` writes what waits. A process that is killed loses at most
/// those 50 ms; lines of level `error` and above never wait.
///
/// Nobody who logs ever waits for whoever reads the log. When that stands still, up to `limit` bytes are kept; further
/// lines are dropped and counted in `log_lines_dropped_total`, and a line says how many once the log flows again.
public final class LogSink: Sendable {
    public static let standardError = LogSink(descriptor: 2)

    private struct Waiting {
        var bytes: [UInt8] = []
        var lastWrite = DispatchTime(uptimeNanoseconds: 0)
        var isScheduled = false
        var dropped = 0
    }

    private static let pause = DispatchTimeInterval.milliseconds(50)
    private static let joined = 64 * 1_024
    private let descriptor: Int32
    private let limit: Int
    private let waiting = Mutex(Waiting())
    private let queue = DispatchQueue(label: "log")

    /// - Parameter limit: how many bytes may wait for a reader that stands still.
    public init(descriptor: Int32, limit: Int = 1_024 * 1_024) {
        self.descriptor = descriptor
        self.limit = limit
        // A reader that has gone is an error of write(2), not the end of the process.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Writes `line`, to which the line feed is added. Never waits.
    public func write(_ line: some JSONWritable, isUrgent: Bool = false) {
        let bytes = JSONWriter.bytes(of: line)
        let delay = waiting.withLock { waiting -> DispatchTimeInterval? in
            guard waiting.bytes.count + bytes.count < limit else {
                waiting.dropped += 1
                return nil
            }
            waiting.bytes.append(contentsOf: bytes)
            waiting.bytes.append(UInt8(ascii: "\n"))
            if isUrgent || waiting.bytes.count > LogSink.joined { return .seconds(0) }
            guard !waiting.isScheduled else { return nil }
            waiting.isScheduled = true
            return DispatchTime.now() > waiting.lastWrite + LogSink.pause ? .seconds(0) : LogSink.pause
        }
        if let delay { queue.asyncAfter(deadline: .now() + delay) { self.drain() } }
    }

    var waitingBytes: Int { waiting.withLock { $0.bytes.count } }

    /// Returns when everything written so far is out, or after `patience` when nobody reads it.
    public func flush(within patience: Duration = .seconds(1)) {
        let isOut = DispatchSemaphore(value: 0)
        queue.async {
            self.drain()
            isOut.signal()
        }
        _ = isOut.wait(timeout: .now() + patience / .seconds(1))
    }

    /// On the queue, so that lines keep their order and never mix.
    private func drain() {
        while true {
            let (bytes, dropped) = waiting.withLock { waiting -> ([UInt8], Int) in
                defer {
                    waiting.bytes = []
                    waiting.dropped = 0
                    waiting.isScheduled = false
                    waiting.lastWrite = .now()
                }
                return (waiting.bytes, waiting.dropped)
            }
            if bytes.isEmpty, dropped == 0 { return }
            let isWritten = put(bytes)
            let lost = isWritten ? 0 : bytes.count { $0 == UInt8(ascii: "\n") }
            note(dropped + lost, isWritable: isWritten)
        }
    }

    /// Waits for the reader. False when there will never be one again.
    private func put(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Foundation.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
                if count > 0 {
                    written += count
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, -1)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }

    private func note(_ dropped: Int, isWritable: Bool) {
        guard dropped > 0 else { return }
        Counter(label: "log_lines_dropped_total").increment(by: dropped)
        guard isWritable else { return }
        _ = put(JSONWriter.bytes(of: DroppedLine(count: dropped)) + [UInt8(ascii: "\n")])
    }
}

private struct DroppedLine: JSONWritable {
    let count: Int

    func write(to json: inout JSONWriter) {
        json.object { line in
            line.member("time", Date())
            line.member("level", "warning")
            line.member("message", "log lines dropped, as nobody read the log")
            line.member("count", count)
        }
    }
}
