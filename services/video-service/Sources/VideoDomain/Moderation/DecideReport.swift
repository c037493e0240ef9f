public import DomainKit
import Foundation

/// Decides a report: the video stays, or it is taken down, which decides all other reports of it as well.
///
/// The same decision again is success. Fails: `video.report-not-found`, `video.report-decided`.
public struct DecideReport: Sendable {
    let reports: any ReportStore
    let removals: any RemovalStore
    let clock: any WallClock
    let appealTime: Duration

    public init(
        reports: any ReportStore, removals: any RemovalStore, clock: any WallClock, appealTime: Duration
    ) {
        self.reports = reports
        self.removals = removals
        self.clock = clock
        self.appealTime = appealTime
    }

    /// `decision` comes with why the video goes, where it does. `precondition` sees the report before.
    public func callAsFunction(
        _ id: ReportID, _ decision: ReportDecision, as moderator: Moderator, precondition: (VideoReport) throws -> Void
    ) async throws -> ReportedVideo {
        guard let found = try await reports.report(id) else { throw Failure.reportNotFound }
        try precondition(found.report)
        if found.report.state == .decided {
            guard found.report.decision == decision.name else { throw Failure.reportDecided }
            return found
        }
        switch decision {
        case .dismissed:
            if let done = try await reports.dismiss(id, Verdict(by: moderator.id, at: clock.now)) { return done }
        case .removed(let reason):
            let removal = Removal(
                reason: reason, by: moderator.id, at: clock.now,
                eraseAt: clock.now + Double(appealTime.components.seconds))
            _ = try await removals.remove(found.video.id, removal, version: nil)
        }
        // As it is by now: somebody may have been faster, and then what they decided counts.
        guard let now = try await reports.report(id) else { throw Failure.reportNotFound }
        guard now.report.decision == decision.name else { throw Failure.reportDecided }
        return now
    }
}

/// What is to be decided about a report.
public enum ReportDecision: Sendable, Hashable {
    case dismissed
    case removed(because: Statement)

    var name: VideoReport.Decision {
        switch self {
        case .dismissed: .dismissed
        case .removed: .removed
        }
    }
}
