import Foundation
public import HTTPKit
import Synchronization

/// Takes whole lines and writes them to a file descriptor.
///
/// A line after a pause goes out at once; lines of a burst are joined for up to 50 ms, so that a busy service makes
/// twenty writes a second and not one a request. `flush` writes what waits. A process that is killed loses at most
/// those 50 ms; lines of level `error` and above never wait.
public final class LogSink: Sendable {
    public static let standardError = LogSink(descriptor: 2)

    private struct Waiting {
        var bytes: [UInt8] = []
        var lastWrite = DispatchTime(uptimeNanoseconds: 0)
        var isScheduled = false
    }

    private static let pause = DispatchTimeInterval.milliseconds(50)
    private static let most = 64 * 1_024
    private let descriptor: Int32
    private let waiting = Mutex(Waiting())
    private let queue = DispatchQueue(label: "log")

    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes `line`, to which the line feed is added.
    public func write(_ line: some JSONWritable, isUrgent: Bool = false) {
        let bytes = JSONWriter.bytes(of: line)
        let mustSchedule = waiting.withLock { waiting -> Bool in
            waiting.bytes.append(contentsOf: bytes)
            waiting.bytes.append(UInt8(ascii: "\n"))
            let now = DispatchTime.now()
            if isUrgent || waiting.bytes.count > LogSink.most || now > waiting.lastWrite + LogSink.pause {
                drain(&waiting, now)
                return false
            }
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if mustSchedule { queue.asyncAfter(deadline: .now() + LogSink.pause) { self.flush() } }
    }

    /// Returns when everything written so far is out.
    public func flush() {
        waiting.withLock { waiting in
            waiting.isScheduled = false
            drain(&waiting, .now())
        }
    }

    /// Under the lock, so that lines keep their order and never mix.
    private func drain(_ waiting: inout Waiting, _ now: DispatchTime) {
        waiting.lastWrite = now
        waiting.bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if written > 0 {
                    rest = rest.dropFirst(written)
                } else if errno != EINTR && errno != EAGAIN {
                    return
                }
            }
        }
        waiting.bytes.removeAll(keepingCapacity: true)
    }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate var baseAddress: UnsafeRawPointer? { base.baseAddress.map { $0 + startIndex } }
}
