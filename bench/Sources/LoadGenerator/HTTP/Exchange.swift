/// One keep-alive connection, and the request that is under way on it.
final class Exchange {
    enum Step {
        /// There is more to come.
        case reading
        case answered(status: Int)
        case closed
    }

    var wire: Wire
    var isConnected = false
    /// What the answer is timed from.
    var since: Int64 = 0
    /// Body bytes of all answers.
    private(set) var bodyBytes = 0
    /// The beginning of the last answer that was no 2xx.
    private(set) var refusal: String?
    private var head: [UInt8] = []
    /// Body bytes still to come; nil while the head is read.
    private var left: Int?
    private var status = 0

    init(port: Int) throws {
        wire = try Wire(port: port)
    }

    /// Reads once.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        guard let count = wire.receive(into: buffer) else { return .reading }
        if count == 0 { return .closed }
        var bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if left == nil {
            // Nearly always the head comes in one piece.
            head += bytes
            var length = 0
            guard let found = head.withUnsafeBytes({ HTTP.Head($0, length: &length) }) else { return .reading }
            status = found.status
            left = found.bodyLength
            if status / 100 != 2 { refusal = String(decoding: head.prefix(600), as: UTF8.self) }
            let read = head.count - length
            head.removeAll(keepingCapacity: true)
            bytes = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - read)...])
        }
        bodyBytes += bytes.count
        let rest = (left ?? 0) - bytes.count
        left = rest
        guard rest <= 0 else { return .reading }
        left = nil
        return .answered(status: status)
    }
}
