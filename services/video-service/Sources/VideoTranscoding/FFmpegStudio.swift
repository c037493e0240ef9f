public import ConfinedProcesses
import Foundation
import VideoDomain

/// Films read by ffmpeg's programs, each as a child of its own, confined.
///
/// They are told what a film may be before they look into it: two families of containers, read as files and from pipes. So a playlist,
/// or whatever else names another file or an address, opens nothing, also where there is no sandbox.
public struct FFmpegStudio: Sendable {
    /// What one child may take.
    public struct Costs: Sendable {
        /// Bytes of memory.
        public var memory: Int
        /// Threads that decode or code at a time.
        public var threads: Int
        /// What the processor time is multiplied with that renditions may take by the film's length; tests have less.
        public var patience: Double

        public init(memory: Int, threads: Int, patience: Double = 1) {
            self.memory = memory
            self.threads = threads
            self.patience = patience
        }
    }

    let confinement: Confinement
    public var costs: Costs

    public init(confinement: Confinement, costs: Costs) {
        self.confinement = confinement
        self.costs = costs
    }

    /// Whether the programs are there and run. Fails: `StudioFault`.
    public func check() async throws {
        for program in ["ffprobe", "ffmpeg"] {
            let outcome = try await confinement.run(
                ConfinedProgram(
                    path: "/usr/bin/\(program)", arguments: ["-hide_banner", "-version"],
                    limits: ChildLimits(memory: costs.memory, processorSeconds: 30, fileSize: 0, wallTime: .seconds(60))
                ))
            guard outcome.end == .exited(0) else {
                throw StudioFault(program: program, end: outcome.end, complaints: outcome.complaints)
            }
        }
    }

    /// What every program is told of what it reads.
    static let caution = [
        "-protocol_whitelist", "file,pipe", "-format_whitelist", "mov,matroska", "-max_streams", "200",
        // Of one picture: a few bytes can claim a billion. As many as `FilmLimits` lets through.
        "-max_pixels", "67108864",
    ]

    /// What the end of a child says of the film. Fails: `Unprocessable` where it is the film that brought it about; `StudioFault` where
    /// it may be something else.
    static func judge(_ outcome: ChildOutcome, of program: String, _ limits: ChildLimits) throws {
        switch outcome.end {
        case .exited(0): return
        // ffmpeg ends so when it is told to stop: by the kernel, when it has had its processor time, or by whoever stops all of us.
        case .exited(255)
        where outcome.took * ProcessInfo.processInfo.activeProcessorCount
            < .seconds(limits.processorSeconds):
            throw StudioFault(program: program, end: outcome.end, complaints: outcome.complaints)
        case .exited where outcome.complaints.contains("No space left on device"):
            throw StudioFault(program: program, end: outcome.end, complaints: outcome.complaints)
        case .exited where outcome.complaints.contains("Cannot allocate memory"): throw Unprocessable(.tooCostly)
        case .exited(255), .timedOut, .saidTooMuch, .killed(signal: SIGXCPU), .killed(signal: SIGXFSZ):
            throw Unprocessable(.tooCostly)
        case .exited: throw Unprocessable(.unreadable)
        // As the kernel does for want of memory, whoever's fault that is; or an operator.
        case .killed(signal: SIGKILL), .killed(signal: SIGTERM):
            throw StudioFault(program: program, end: outcome.end, complaints: outcome.complaints)
        // It fell over what it read.
        case .killed: throw Unprocessable(.unreadable)
        }
    }
}

extension FFmpegStudio {
    /// ffmpeg goes on, and ends well, where some of what it wrote found no room. Fails: `StudioFault` when there is none left.
    static func requireRoom(at path: String) throws {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return }
        let left = Int64(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        if left < leastRoom {
            throw StudioFault(program: "ffmpeg", end: .exited(0), complaints: "\(left) bytes of room are left")
        }
    }

    private static var leastRoom: Int64 { 1 << 18 }
}

/// A program of ffmpeg's could not do its work, and not for what it was given.
public struct StudioFault: Error, CustomStringConvertible {
    public var program: String
    public var end: ChildOutcome.End
    public var complaints: String

    public var description: String { "\(program) \(end): \(complaints.suffix(300))" }
}
