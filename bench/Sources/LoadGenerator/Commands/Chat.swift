import ArgumentParser

/// Fan-out over sockets, and what silent sockets cost.
struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sends messages into rooms and counts who gets them.")

    @OptionGroup var measured: Measured
    @Option(help: "Ports of the replicas, separated by commas.") var ports: String
    @Option(help: "File of access tokens, one a line.") var tokens: String
    @Option(help: "File of room ids, one a line.") var roomIds: String
    @Option(help: "Sockets to open.") var connections: Int
    @Option(help: "How many of the rooms to use.") var rooms: Int
    @Option(help: "Messages a second in each room; without it the next waits for the last.") var rate: Double?
    @Option(help: "Messages in flight in each room where there is no rate.") var window = 1
    @Option(help: "Bytes of a message's text.") var size = 128
    @Option(help: "Seconds to measure.") var seconds = 10.0
    @Option(help: "Seconds to stay silent and report memory, instead of sending.") var idle: Double?

    func run() throws {
        var plan = ChatPlan(
            ports: ports.split(separator: ",").compactMap { Int($0) }, connections: connections,
            rooms: Array(try lines(of: roomIds).prefix(rooms)), tokens: try lines(of: tokens), groups: measured.group)
        guard !plan.ports.isEmpty, plan.rooms.count == rooms, !plan.tokens.isEmpty else {
            throw ValidationError("ports, tokens and as many room ids as rooms are needed")
        }
        (plan.rate, plan.window, plan.size, plan.seconds) = (rate, window, size, seconds)
        plan.silence = idle ?? plan.silence

        var report = Report(measured.scenario, target: measured.target)
        let crowd = try open(plan, &report)
        if idle == nil { ChatRun(crowd).run(into: &report) } else { report.add("still_open", crowd.opened) }
        report.printLine()
    }

    /// Connects everybody, lets them be silent, and reports what each costs.
    private func open(_ plan: ChatPlan, _ report: inout Report) throws -> Crowd {
        let before = plan.groups.map(\.residentKiB)
        let crowd = try Crowd(plan)
        let meter = CPUMeter(plan.groups)
        try crowd.assemble(within: 120)
        report.add("opened", crowd.opened)
        report.add("failed", crowd.failed)
        report.add("connects_per_s", Double(crowd.opened) / meter.elapsed, digits: 0)
        report.add("connect_cpu_ms", meter.read(), each: Double(crowd.opened), scale: 1_000)
        let end = Monotonic.now + Int64(plan.silence * 1e9)
        while Monotonic.now < end { crowd.turn(until: end) }
        for (group, start) in zip(plan.groups, before) {
            let now = group.residentKiB
            report.add("kib_per_socket_\(group.name)", Double(now - start) / Double(max(crowd.opened, 1)))
            report.add("resident_mib_\(group.name)", Double(now) / 1_024, digits: 1)
        }
        if crowd.opened < plan.connections { report.add("sample", crowd.sample ?? "timed out") }
        return crowd
    }
}
