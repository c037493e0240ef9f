import Glibc

/// One non-blocking TCP connection to a port of this machine.
struct Wire {
    let descriptor: Int32
    private var unsent: [UInt8] = []

    /// Begins to connect; the first time it is writable it is connected, or has failed.
    ///
    /// - Parameter source: the last octet of the source address, so that more connections than one address has ports
    ///   can be open at once.
    init(port: Int, source: Int = 1) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        if descriptor < 0 { throw SystemError("socket") }
        try set(Int32(IPPROTO_TCP), TCP_NODELAY)
        try set(Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT)
        if source != 1 { try call("bind", bind, Wire.address("127.0.0.\(source)", port: 0)) }
        try call("connect", connect, Wire.address("127.0.0.1", port: port))
    }

    private func set(_ level: Int32, _ option: Int32) throws {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        if setsockopt(descriptor, level, option, &on, size) != 0 { throw SystemError("setsockopt") }
    }

    private func call(
        _ name: String, _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ address: sockaddr_in
    ) throws {
        var address = address
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { function(descriptor, $0, size) }
        }
        if result != 0 && errno != EINPROGRESS { throw SystemError(name) }
    }

    private static func address(_ text: String, port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr(text)
        return address
    }

    /// Why connecting failed; nil when it did not.
    var connectError: SystemError? {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        return code == 0 ? nil : SystemError("connect", code)
    }

    var hasUnsent: Bool { !unsent.isEmpty }

    /// Sends `bytes` after all that waits. False when the connection is gone.
    mutating func send(_ bytes: [UInt8]) -> Bool {
        if !unsent.isEmpty {
            unsent += bytes
            return true
        }
        let count = write(descriptor, bytes, bytes.count)
        if count == bytes.count { return true }
        if count < 0 && errno != EAGAIN { return false }
        unsent = Array(bytes[max(0, count)...])
        return true
    }

    /// Sends what waits, as far as the kernel takes it. False when the connection is gone.
    mutating func sendRest() -> Bool {
        let bytes = unsent
        unsent = []
        return bytes.isEmpty || send(bytes)
    }

    /// Reads once. Nil when there is nothing now; 0 at the end of the stream or after an error.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : 0 }
        return count
    }

    func close() {
        _ = Glibc.close(descriptor)
    }
}
