import Subprocess

extension Confinement {
    /// Runs `program` to its end, or for as long as it may, and hands on what it says as it says it.
    ///
    /// Whoever is cancelled ends it, with all that it started, before this returns. Fails: `CancellationError`, or when nothing could
    /// be started.
    public func run(
        _ program: ConfinedProgram, hearing: @escaping @Sendable ([UInt8]) async -> Void = { _ in }
    ) async throws -> ChildOutcome {
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: ChildOutcome?.self) { group in
            group.addTask { try await go(program, hearing) }
            group.addTask {
                try await Task.sleep(for: program.limits.wallTime)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            try Task.checkCancellation()
            if var outcome = first {
                outcome.took = ContinuousClock.now - start
                return outcome
            }
            group.cancelAll()
            // Its end is waited for: nothing of it writes any more when this returns.
            var outcome =
                (try? await group.next())?.flatMap { $0 } ?? ChildOutcome(end: .timedOut, output: [], complaints: "")
            outcome.end = .timedOut
            outcome.took = ContinuousClock.now - start
            return outcome
        }
    }

    private func go(
        _ program: ConfinedProgram, _ hearing: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> ChildOutcome {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(5))
        ]
        let command = command(program)
        let configuration = Configuration(
            executable: .name(command[0]), arguments: Arguments(Array(command.dropFirst())),
            environment: .custom(["PATH": "/usr/bin", "LANG": "C.UTF-8"]), platformOptions: options)
        let said = Said(longest: program.longestOutput, isKept: program.keepsOutput)
        do {
            let result = try await Subprocess.run(configuration, input: .none, output: .sequence, error: .sequence) {
                execution in
                async let complaints: Void = {
                    for try await piece in execution.standardError {
                        await said.complain(piece.withUnsafeBytes { Array($0) })
                    }
                }()
                for try await piece in execution.standardOutput {
                    let bytes = piece.withUnsafeBytes { Array($0) }
                    try await said.say(bytes)
                    await hearing(bytes)
                }
                try await complaints
            }
            return await said.outcome(Self.end(result.terminationStatus))
        } catch is TooMuchSaid {
            return await said.outcome(.saidTooMuch)
        }
    }

    /// Bubblewrap tells of a child that was killed as shells do; no signal has a larger number, and 255 is what some programs end with by
    /// themselves.
    private static func end(_ status: TerminationStatus) -> ChildOutcome.End {
        switch status {
        case .exited(let code) where (129...192).contains(code): .killed(signal: Int32(code) - 128)
        case .exited(let code): .exited(Int(code))
        case .signaled(let signal): .killed(signal: Int32(signal))
        }
    }
}

private struct TooMuchSaid: Error {}

/// What a child says, as much of it as is kept.
private actor Said {
    private let longest: Int
    private let isKept: Bool
    private var count = 0
    private var output: [UInt8] = []
    private var complaints: [UInt8] = []

    init(longest: Int, isKept: Bool) {
        self.longest = longest
        self.isKept = isKept
    }

    func say(_ bytes: [UInt8]) throws {
        count += bytes.count
        if isKept { output += bytes }
        if count > longest { throw TooMuchSaid() }
    }

    /// The last 4 KiB.
    func complain(_ bytes: [UInt8]) {
        complaints += bytes
        if complaints.count > 8_192 { complaints.removeFirst(complaints.count - 4_096) }
    }

    func outcome(_ end: ChildOutcome.End) -> ChildOutcome {
        ChildOutcome(end: end, output: output, complaints: String(decoding: complaints.suffix(4_096), as: UTF8.self))
    }
}
