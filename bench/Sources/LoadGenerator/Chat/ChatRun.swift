/// Sends messages into rooms and follows each to every member.
final class ChatRun {
    /// One room's messages: how many members still miss each.
    private struct Room {
        var members: [Member] = []
        var missing: [Int] = []
        var lastSent: Int64 = 0
    }

    private let crowd: Crowd
    private let plan: ChatPlan
    private var rooms: [Room]
    private var latencies = Latencies()
    private var isMeasuring = false
    private var isSending = true
    private var expected = 0
    private var received = 0
    private var measuredDeliveries = 0
    private var measuredMessages = 0
    private var doubled = 0
    private var stray = 0
    private var outOfOrder = 0
    private var unsendable = 0
    private var maximumLag: Int64 = 0

    init(_ crowd: Crowd) {
        self.crowd = crowd
        plan = crowd.plan
        rooms = plan.rooms.map { _ in Room() }
        for member in crowd.members where member.stage == .open { rooms[member.room].members.append(member) }
        crowd.delivered = { [unowned self] in delivered($0, $1, at: $2) }
    }

    /// Runs the plan and adds its figures to `report`.
    func run(into report: inout Report) {
        let begin = Monotonic.now
        if plan.rate == nil {
            for room in rooms.indices {
                for _ in 0..<plan.window { publish(in: room, due: Monotonic.now) }
            }
        }
        var sent = 0
        send(until: begin + Int64(plan.warmUp * 1e9), from: begin, &sent)
        isMeasuring = true
        let meter = CPUMeter(plan.groups)
        send(until: Monotonic.now + Int64(plan.seconds * 1e9), from: begin, &sent)
        isMeasuring = false
        let (cpu, elapsed, own) = (meter.read(), meter.elapsed, meter.ownPercent)
        isSending = false
        waitForTheRest()
        add(to: &report, elapsed: elapsed)
        report.add("cpu_s_per_million", cpu, each: Double(measuredDeliveries), scale: 1e6)
        report.add("generator_percent", own, digits: 1)
        if let sample = crowd.sample { report.add("sample", sample) }
    }

    private func add(to report: inout Report, elapsed: Double) {
        report.add("messages_per_s", Double(measuredMessages) / elapsed, digits: 1)
        report.add("deliveries_per_s", Double(measuredDeliveries) / elapsed, digits: 0)
        report.add("p50_ms", latencies.quantile(0.5))
        report.add("p99_ms", latencies.quantile(0.99))
        report.add("p999_ms", latencies.quantile(0.999))
        report.add("lost", expected - received)
        report.add("doubled", doubled)
        report.add("out_of_order", outOfOrder)
        report.add("stray", stray)
        report.add("closed_early", crowd.closedEarly)
        report.add("unsendable", unsendable)
        report.add("generator_lag_ms", Double(maximumLag) / 1e6)
    }

    /// With a rate, message k of all rooms is due k gaps after `begin`, however late the generator is.
    private func send(until end: Int64, from begin: Int64, _ sent: inout Int) {
        while Monotonic.now < end {
            var until = min(end, Monotonic.now + 50_000_000)
            if let rate = plan.rate {
                let gap = 1e9 / (rate * Double(rooms.count))
                // At most 64 in a row, so that what arrives is looked at in time.
                for _ in 0..<64 {
                    let due = begin + Int64(Double(sent) * gap)
                    let now = Monotonic.now
                    if due > now {
                        until = min(until, due)
                        break
                    }
                    if isMeasuring { maximumLag = max(maximumLag, now - due) }
                    publish(in: sent % rooms.count, due: due)
                    sent += 1
                    until = now
                }
            } else {
                reviveStalledRooms()
            }
            crowd.turn(until: until)
        }
    }

    /// A lost message must not stop a closed loop for ever.
    private func reviveStalledRooms() {
        let now = Monotonic.now
        for room in rooms.indices where now - rooms[room].lastSent > 5_000_000_000 { publish(in: room, due: now) }
    }

    private func publish(in room: Int, due: Int64) {
        let number = rooms[room].missing.count
        let candidates = rooms[room].members.prefix(plan.senders)
        rooms[room].lastSent = due
        let turn = candidates.isEmpty ? 0 : number % candidates.count
        guard let sender = (candidates[turn...] + candidates[..<turn]).first(where: { $0.stage == .open }) else {
            unsendable += 1
            return
        }
        let live = rooms[room].members.reduce(0) { $0 + ($1.stage == .open ? 1 : 0) }
        rooms[room].missing.append(live)
        expected += live
        if isMeasuring { measuredMessages += 1 }
        let body = Marker(room: room, number: number, due: due).text(paddedTo: plan.size)
        let clientID = "\(room)-\(number)-\(String(due, radix: 36))"
        let frame =
            #"{"op":"send","id":\#(number + 2),"room_id":"\#(plan.rooms[room])","client_id":"\#(clientID)","#
            + #""body":"\#(body)"}"#
        crowd.send(Frames.text(frame), by: sender)
    }

    private func delivered(_ member: Member, _ payload: UnsafeRawBufferPointer, at now: Int64) {
        guard let marker = Marker.find(in: payload) else { return }
        guard marker.room == member.room, marker.number < rooms[marker.room].missing.count else {
            stray += 1
            return
        }
        guard member.note(marker.number) else {
            doubled += 1
            return
        }
        if let seq = ChatFrame.seq(in: payload), !member.follows(seq) { outOfOrder += 1 }
        received += 1
        if isMeasuring {
            measuredDeliveries += 1
            latencies.add(now - marker.due)
        }
        rooms[marker.room].missing[marker.number] -= 1
        if plan.rate == nil, isSending, rooms[marker.room].missing[marker.number] == 0 {
            publish(in: marker.room, due: Monotonic.now)
        }
    }

    /// Until everything has come, or nothing has for three seconds.
    private func waitForTheRest() {
        var (last, lastCount) = (Monotonic.now, received)
        while received < expected, Monotonic.now - last < 3_000_000_000 {
            crowd.turn(until: Monotonic.now + 50_000_000)
            if received != lastCount { (last, lastCount) = (Monotonic.now, received) }
        }
    }
}
