/// One connection of a chat run: opens a socket, subscribes to its room, and counts what it receives.
final class Member {
    enum Stage {
        case connecting, handshake, subscribing, open, closed
    }

    let index: Int
    let room: Int
    var wire: Wire
    var stage = Stage.connecting
    /// The bytes of a frame, or of the handshake's response, that has not come whole.
    private var partial: [UInt8] = []
    /// One bit for each message of the room.
    private var seen: [UInt64] = []
    private var lastSeq: Int64?

    init(index: Int, room: Int, wire: Wire) {
        self.index = index
        self.room = room
        self.wire = wire
    }

    /// Notes a message's number. False when it was received before.
    func note(_ number: Int) -> Bool {
        let (word, bit) = (number >> 6, UInt64(1) << UInt64(number & 63))
        while seen.count <= word { seen.append(0) }
        defer { seen[word] |= bit }
        return seen[word] & bit == 0
    }

    /// Whether the room's `seq` follows the one before.
    func follows(_ seq: Int64) -> Bool {
        defer { lastSeq = seq }
        return lastSeq.map { seq == $0 + 1 } ?? true
    }

    /// Hands each whole part of what was received to `body` and keeps the rest. `body` returns how many bytes it took,
    /// 0 when it needs more, or nil to stop for good.
    func receive(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Int?) {
        if partial.isEmpty {
            partial = rest(bytes, body)
        } else {
            partial += bytes
            let all = partial
            partial = all.withUnsafeBytes { rest($0, body) }
        }
    }

    private func rest(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Int?) -> [UInt8] {
        var start = 0
        while start < bytes.count {
            guard let taken = body(bytes[from: start]) else { return [] }
            if taken == 0 { return Array(bytes[start...]) }
            start += taken
        }
        return []
    }
}
