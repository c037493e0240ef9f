internal import DequeModule

// MARK: - What becomes of connections

extension Scheduler {
    /// The number a connection names in every later call.
    mutating func join() -> Int {
        seats.append(Seat())
        return seats.count - 1
    }

    mutating func leave(_ seat: Int) {
        seats[seat] = Seat(isTaken: false)
    }

    var isDeserted: Bool { !seats.contains { $0.isTaken } }

    mutating func awake(_ seat: Int) {
        seats[seat].isAsleep = false
    }

    mutating func connected(_ seat: Int, to address: String) {
        seats[seat].isConnected = true
        seats[seat].isFailing = false
        seats[seat].address = address
        outage = nil
    }

    /// It lost its connection, or failed to get one.
    mutating func disconnected(_ seat: Int, _ error: PostgresError, now: Nanoseconds) -> Call {
        seats[seat].isConnected = false
        seats[seat].isFailing = true
        seats[seat].inFlight = 0
        // What was left to this one goes to whoever is connected.
        if seats.contains(where: \.isConnected) {
            guard !waiting.isEmpty else { return Call() }
            let other = wakeAnother(than: seat, now)
            return Call(
                wake: other, reap: startsReaping(unless: other.map { seats[$0].isConnected } ?? hasSeatOnItsWay()))
        }
        outage = error
        return Call(reap: !waiting.isEmpty && startsReaping(unless: false))
    }

    /// Its connection was given up without a fault of the server's.
    mutating func retired(_ seat: Int) -> Call {
        seats[seat].isConnected = false
        seats[seat].inFlight = 0
        return Call(reap: !waiting.isEmpty && startsReaping(unless: false))
    }

    /// The server behind `address` answers nobody. Returns the seats whose connections are to be given up.
    mutating func silent(_ address: String, _ error: PostgresError) -> (seats: [Int], Call) {
        let lost = seats.indices.filter { seats[$0].isConnected && seats[$0].address == address }
        for seat in lost {
            seats[seat].isConnected = false
            seats[seat].isFailing = true
        }
        if !seats.contains(where: \.isConnected) { outage = error }
        return (lost, Call(reap: !waiting.isEmpty && startsReaping(unless: false)))
    }

    /// What may be sent now: nothing for a seat behind whose requests it would wait longer than elsewhere.
    mutating func take(
        for seat: Int, inFlight: Int, headSince: Nanoseconds, pace: Nanoseconds, into batch: inout [Work],
        now: Nanoseconds
    ) {
        seats[seat].inFlight = inFlight
        seats[seat].headSince = inFlight == 0 ? now : headSince
        seats[seat].pace = pace
        let count = min(waiting.count, limits.inFlight - inFlight)
        guard count > 0, seats[seat].isConnected, !leavesToOthers(seat, now) else { return }
        for _ in 0..<count { batch.append(waiting.removeFirst()) }
        seats[seat].inFlight += count
    }

    /// Whether a seat may go to sleep; if so it is noted that it has to be woken for the next request.
    mutating func rest(_ seat: Int, isFull: Bool, now: Nanoseconds) -> (Rest, Call) {
        if ending != nil { return (.leave, Call()) }
        if waiting.isEmpty {
            seats[seat].isAsleep = true
            return (.sleep, Call())
        }
        if !isFull, !leavesToOthers(seat, now) { return (.look, Call()) }
        // Whatever this one cannot or should not take is another's.
        let other = wakeAnother(than: seat, now)
        seats[seat].isAsleep = true
        let isCertain = other.map { seats[$0].isConnected } ?? hasSeatOnItsWay()
        return (.sleep, Call(wake: other, reap: startsReaping(unless: isCertain)))
    }
}
