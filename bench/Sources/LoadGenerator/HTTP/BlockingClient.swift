import Foundation

/// One connection that waits for its answers: for the few requests around a measurement, and for uploads.
struct BlockingClient {
    struct Answer {
        var head: HTTP.Head
        var body: String
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private let port: Int
    private let descriptor: Int32

    init(port: Int) throws {
        self.port = port
        let wire = try Wire(port: port)
        descriptor = wire.descriptor
        // Blocking from here on; connecting to this machine is done or refused at once.
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK)
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = Glibc.poll(&poll, 1, 5_000)
        if let error = wire.connectError { throw error }
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws {
        var sent = 0
        while sent < bytes.count {
            let count = write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
            if count <= 0 { throw SystemError("write") }
            sent += count
        }
    }

    /// The answer to what was sent; anything but 2xx is thrown.
    func answer() throws -> Answer {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count <= 0 { throw SystemError("read") }
            bytes += chunk[..<count]
            var length = 0
            guard let head = bytes.withUnsafeBytes({ HTTP.Head($0, length: &length) }),
                bytes.count >= length + head.bodyLength
            else { continue }
            let body = String(decoding: bytes[length...], as: UTF8.self)
            guard head.status / 100 == 2 else { throw Failed(description: "\(head.status) \(body.prefix(500))") }
            return Answer(head: head, body: body)
        }
    }

    func ask(
        _ method: String, _ path: String, token: String, fields: [(String, String)] = [], body: String = ""
    ) throws -> Answer {
        let request = HTTP.request(method, path, port: port, token: token, fields: fields, body: body)
        try request.withUnsafeBytes { try send($0) }
        return try answer()
    }

    func close() {
        _ = Glibc.close(descriptor)
    }
}
