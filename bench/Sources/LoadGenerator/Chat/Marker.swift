/// What the generator writes into a message to know it again: `@@room.number.nanoseconds@@`, digits and dots only,
/// so that it survives JSON and any envelope.
struct Marker {
    var room: Int
    var number: Int
    /// When the message was due, by the monotonic clock.
    var due: Int64

    func text(paddedTo size: Int) -> String {
        let mark = "@@\(room).\(number).\(due)@@"
        return mark + String(repeating: "x", count: max(0, size - mark.utf8.count))
    }

    /// The first marker in a frame's payload.
    static func find(in payload: UnsafeRawBufferPointer) -> Marker? {
        guard let start = payload.offset(after: "@@") else { return nil }
        var digits = Digits(payload, at: start)
        guard let room = digits.number(), digits.skip("."), let number = digits.number(), digits.skip("."),
            let due = digits.number(), digits.skip("@")
        else { return nil }
        return Marker(room: Int(room), number: Int(number), due: due)
    }
}

/// The members of a chat frame that the generator looks at, found without a parser.
enum ChatFrame {
    static func seq(in payload: UnsafeRawBufferPointer) -> Int64? {
        guard let start = payload.offset(after: #""seq":"#) else { return nil }
        var digits = Digits(payload, at: start)
        return digits.number()
    }
}

/// Reads decimal numbers out of bytes.
private struct Digits {
    private let bytes: UnsafeRawBufferPointer
    private var index: Int

    init(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        self.bytes = bytes
        self.index = index
    }

    mutating func number() -> Int64? {
        var value: Int64 = 0
        let start = index
        while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            value = value &* 10 &+ Int64(bytes[index] - 0x30)
            index += 1
        }
        return index > start ? value : nil
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }
}
