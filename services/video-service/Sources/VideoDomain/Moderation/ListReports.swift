public import DomainKit

/// What was reported, for those who look after the platform.
public struct ListReports: Sendable {
    let reports: any ReportStore

    public init(reports: any ReportStore) {
        self.reports = reports
    }

    public func callAsFunction(_ query: ReportQuery, _ page: PageRequest) async throws -> Page<ReportedVideo> {
        try await reports.reports(query, page)
    }

    /// One of them. Fails: `video.report-not-found`.
    public func callAsFunction(_ id: ReportID) async throws -> ReportedVideo {
        guard let report = try await reports.report(id) else { throw Failure.reportNotFound }
        return report
    }
}
