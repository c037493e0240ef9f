internal import Foundation
import Synchronization

/// A TCP connection that sends exactly what it is told, for HTTP no client would send. Reads give up after 5 s.
public final class RawConnection: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "raw connection")
    /// What was received behind the end that a read looked for: the next one begins with it.
    private let ahead = Mutex<[UInt8]>([])

    /// Connects to 127.0.0.1. Fails: `POSIXError`.
    public init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    /// Sends all of `text`, or what the peer still takes.
    public func send(_ text: String) async {
        await send(Array(text.utf8))
    }

    public func send(_ bytes: [UInt8]) async {
        await onQueue { descriptor in
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes {
                    Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return }
                rest = rest.dropFirst(sent)
            }
        }
    }

    /// Sends as many of `count` bytes as the peer takes without a pause of half a second; returns how many that were.
    public func offer(bytes count: Int) async -> Int {
        await onQueue { descriptor in
            let chunk = [UInt8](repeating: 0, count: 65_536)
            var sent = 0
            while sent < count {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&ready, 1, 500) > 0 else { return sent }
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                let taken = Foundation.send(descriptor, chunk, min(chunk.count, count - sent), flags)
                guard taken > 0 else { return sent }
                sent += taken
            }
            return sent
        }
    }

    /// Whether the peer still takes bytes: false once it has closed the connection, and that was noticed.
    public var isOpen: Bool {
        get async {
            await onQueue { descriptor in
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                return poll(&ready, 1, 0) == 0 || ready.revents & Int16(POLLHUP | POLLERR) == 0
            }
        }
    }

    /// Everything up to and with `end`, or to the close of the connection. What came behind it is read next.
    public func read(until end: String? = nil) async -> String {
        await onQueue { [self] descriptor in
            var received = takeAhead()
            var chunk = [UInt8](repeating: 0, count: 4_096)
            while true {
                if let end, let found = received.firstRange(of: Array(end.utf8)) {
                    ahead.withLock { $0 = Array(received[found.upperBound...]) }
                    return String(decoding: received[..<found.upperBound], as: UTF8.self)
                }
                let count = recv(descriptor, &chunk, chunk.count, 0)
                guard count > 0 else {
                    let text = String(decoding: received, as: UTF8.self)
                    return count == 0 ? text : text + "(nothing more within 5 s)"
                }
                received += chunk[..<count]
            }
        }
    }

    /// Reads to the close of the connection, or until nothing more comes; returns how many bytes that were.
    public func count() async -> Int {
        await onQueue { [self] descriptor in
            var chunk = [UInt8](repeating: 0, count: 65_536)
            var total = takeAhead().count
            while true {
                let count = recv(descriptor, &chunk, chunk.count, 0)
                guard count > 0 else { return total }
                total += count
            }
        }
    }

    private func takeAhead() -> [UInt8] {
        ahead.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }

    /// Ends both directions: the peer reads to the end of what was sent, and no further.
    public func cut() async {
        await onQueue { descriptor in _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable (Int32) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { [descriptor] in continuation.resume(returning: body(descriptor)) }
        }
    }
}
