import Glibc

/// All members of a run and the loop that serves them.
///
/// What arrives is told to `delivered`; frames that are no messages only matter while a member subscribes.
final class Crowd {
    let plan: ChatPlan
    private(set) var members: [Member] = []
    private let poller: Poller
    private var byDescriptor: [Int32: Member] = [:]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1_024, alignment: 16)
    private var handshakes = 0
    private(set) var opened = 0
    private(set) var failed = 0
    private(set) var closedEarly = 0
    /// What the first failure looked like.
    private(set) var sample: String?
    var delivered: ((Member, UnsafeRawBufferPointer, Int64) -> Void)?

    init(_ plan: ChatPlan) throws {
        self.plan = plan
        poller = try Poller()
    }

    /// Opens all sockets and subscribes each to its room, `handshakes` at a time.
    func assemble(within seconds: Double) throws {
        let deadline = Monotonic.now + Int64(seconds * 1e9)
        while members.count < plan.connections || handshakes > 0, Monotonic.now < deadline {
            while handshakes < plan.handshakes, members.count < plan.connections { try start(members.count) }
            turn(until: Monotonic.now + 100_000_000)
        }
    }

    private func start(_ index: Int) throws {
        let room = index % plan.rooms.count
        let wire = try Wire(port: port(of: index), source: 2 + index / 4_000)
        let member = Member(index: index, room: room, wire: wire)
        members.append(member)
        byDescriptor[wire.descriptor] = member
        handshakes += 1
        try poller.add(wire.descriptor, Poller.writable)
    }

    /// Members of one room are on different replicas.
    private func port(of index: Int) -> Int {
        plan.ports[index / plan.rooms.count % plan.ports.count]
    }

    /// Serves the sockets until `deadline`, or until something has happened.
    func turn(until deadline: Int64) {
        poller.wait(until: deadline) { descriptor, events in
            guard let member = byDescriptor[descriptor] else { return }
            if member.stage == .connecting { return connected(member) }
            if events & Poller.writable != 0 { flush(member) }
            if events & ~Poller.writable != 0, member.stage != .closed { read(member) }
        }
    }

    func send(_ frame: [UInt8], by member: Member) {
        let hadUnsent = member.wire.hasUnsent
        guard member.wire.send(frame) else { return drop(member, "write failed") }
        if member.wire.hasUnsent && !hadUnsent {
            try? poller.change(member.wire.descriptor, Poller.readable | Poller.writable)
        }
    }

    private func flush(_ member: Member) {
        guard member.wire.sendRest() else { return drop(member, "write failed") }
        if !member.wire.hasUnsent { try? poller.change(member.wire.descriptor, Poller.readable) }
    }

    private func connected(_ member: Member) {
        if let error = member.wire.connectError { return drop(member, error.description) }
        member.stage = .handshake
        try? poller.change(member.wire.descriptor, Poller.readable)
        let request = """
            GET /v1/ws HTTP/1.1\r
            Host: 127.0.0.1:\(port(of: member.index))\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Sec-WebSocket-Protocol: chat.v1\r
            Authorization: Bearer \(plan.tokens[member.index % plan.tokens.count])\r
            \r\n
            """
        send(Array(request.utf8), by: member)
    }

    private func read(_ member: Member) {
        guard let count = member.wire.receive(into: buffer) else { return }
        if count == 0 { return drop(member, "closed by the server") }
        let now = Monotonic.now
        member.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { bytes in
            member.stage == .handshake ? upgraded(member, bytes) : frame(member, bytes, at: now)
        }
    }

    private func upgraded(_ member: Member, _ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let end = bytes.offset(after: "\r\n\r\n") else { return 0 }
        guard bytes.offset(after: "HTTP/1.1 101") == 12 else {
            drop(member, String(decoding: bytes.prefix(300), as: UTF8.self))
            return nil
        }
        member.stage = .subscribing
        send(Frames.text(#"{"op":"subscribe","id":1,"room_id":"\#(plan.rooms[member.room])"}"#), by: member)
        return end
    }

    private func frame(_ member: Member, _ bytes: UnsafeRawBufferPointer, at now: Int64) -> Int? {
        guard let (opcode, range) = Frames.first(in: bytes) else { return 0 }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[range])
        switch opcode {
        case 0x1 where member.stage == .open: delivered?(member, payload, now)
        case 0x1: subscribed(member, payload)
        case 0x8:
            drop(member, "close frame \(String(decoding: payload, as: UTF8.self))")
            return nil
        case 0x9: send(Frames.pong(payload), by: member)
        default: break
        }
        return member.stage == .closed ? nil : range.upperBound
    }

    private func subscribed(_ member: Member, _ payload: UnsafeRawBufferPointer) {
        if payload.offset(after: #""op":"error""#) != nil {
            return drop(member, String(decoding: payload, as: UTF8.self))
        }
        guard payload.offset(after: #""op":"ok""#) != nil else { return }
        member.stage = .open
        opened += 1
        handshakes -= 1
    }

    private func drop(_ member: Member, _ why: String) {
        guard member.stage != .closed else { return }
        if member.stage == .open {
            opened -= 1
            closedEarly += 1
        } else {
            failed += 1
            handshakes -= 1
        }
        member.stage = .closed
        sample = sample ?? why
        byDescriptor[member.wire.descriptor] = nil
        member.wire.close()
    }
}
