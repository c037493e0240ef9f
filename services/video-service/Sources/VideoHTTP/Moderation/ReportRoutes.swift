import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import VideoDomain

/// Reports of videos: by everybody who sees them, decided by those who look after the platform.
struct ReportRoutes: Sendable {
    let useCases: VideoUseCases

    func add(to routes: AccessRouter<CallerContext>, creating: AccessRouter<CallerContext>) {
        creating.post("/v1/videos/{id}/reports", .token, use: report)
        routes.get("/v1/moderation/video-reports", .roles([.moderator, .admin]), use: list)
        routes.get("/v1/moderation/video-reports/{id}", .roles([.moderator, .admin]), use: show)
        routes.patch("/v1/moderation/video-reports/{id}", .roles([.moderator, .admin]), use: decide)
    }

    @Sendable func report(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        let reason = try await request.decode(ReportBody.Wanted.self).reason
        let (report, isNew) = try await useCases.reportVideo(try context.videoID(), reason, context.effectID, viewer)
        return JSONResponse(isNew ? .created : .ok, ReportBody(report))
    }

    @Sendable func list(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        var query = try QueryReader(request)
        let page = query.page()
        let wanted = ReportQuery(
            state: query.choice("state", of: VideoReport.State.self), video: query.value("video_id", as: VideoID.self))
        try query.done()
        let found = try await useCases.listReports(wanted, page)
        var bodies: [ReportedVideoBody] = []
        for report in found.items { bodies.append(await body(report, to: viewer)) }
        return JSONResponse(.ok, Page(items: bodies, next: found.next))
    }

    @Sendable func show(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        return await answer(try await useCases.showReport(try context.reportID()), to: viewer)
    }

    @Sendable func decide(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let moderator = try context.moderator()
        try request.requireNoQuery()
        let known = try IfMatch(request, required: false, upTo: ".")
        let decision = try await request.decode(ReportBody.Verdict.self).checked()
        return await answer(
            try await useCases.decideReport(try context.reportID(), decision, moderator) { report in
                try known.check(ReportedVideoBody.etag(of: report))
            }, to: moderator.viewer)
    }

    private func answer(_ found: ReportedVideo, to viewer: Viewer) async -> JSONResponse {
        JSONResponse(.ok, await body(found, to: viewer), etag: ReportedVideoBody.etag(of: found))
    }

    private func body(_ found: ReportedVideo, to viewer: Viewer) async -> ReportedVideoBody {
        ReportedVideoBody(found, to: viewer, poster: await useCases.posterURL(found.video, viewer))
    }
}

extension CallerContext {
    /// The report a path names. What is no id names nothing. Fails: `video.report-not-found`.
    fileprivate func reportID() throws(Failure) -> ReportID {
        guard let id = parameters.get("id").flatMap({ ReportID($0) }) else { throw .reportNotFound }
        return id
    }
}
