internal import Foundation
internal import Synchronization

/// A TCP port of 127.0.0.1 that nobody listens on at the moment.
public enum FreePort {
    private static let given = Mutex<Set<Int>>([])

    /// Never the same twice in a process, and none of those the system gives to outgoing connections: what was free when
    /// it was asked for is free when it is used. Fails with `POSIXError` when there is none.
    public static func find() throws -> Int {
        for _ in 0..<1_000 {
            let port = Int.random(in: 22_000..<32_000)
            guard given.withLock({ $0.insert(port).inserted }) else { continue }
            if isFree(port) { return port }
        }
        throw POSIXError(.EADDRINUSE)
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
