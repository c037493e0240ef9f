import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import VideoDomain

/// Taking videos down and putting them back, and what their owners say to it.
///
/// These addresses are within those of videos, where the gateways ask for a token and no role: who looks after the platform is asked
/// here.
struct RemovalRoutes: Sendable {
    let useCases: VideoUseCases

    func add(to routes: AccessRouter<CallerContext>, creating: AccessRouter<CallerContext>) {
        routes.put("/v1/videos/{id}/removal", .token, use: remove)
        routes.delete("/v1/videos/{id}/removal", .token, use: putBack)
        creating.post("/v1/videos/{id}/removal/appeal", .token, use: appeal)
        routes.patch("/v1/videos/{id}/removal/appeal", .token, use: decide)
    }

    @Sendable func remove(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let moderator = try context.moderator()
        try request.requireNoQuery()
        let condition = try request.statedVersion()
        let reason = try await request.decode(RemovalBody.Wanted.self).reason
        let seen = try await useCases.removeVideo(try context.videoID(), reason, moderator, condition)
        return await useCases.answer(seen, to: moderator.viewer)
    }

    @Sendable func putBack(_ request: Request, context: CallerContext) async throws -> Response {
        let moderator = try context.moderator()
        try request.requireNoQuery()
        try await useCases.putVideoBack(try context.videoID(), moderator, try request.statedVersion())
        return Response(status: .noContent)
    }

    @Sendable func appeal(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        let text = try await request.decode(AppealBody.Wanted.self).text
        let appeal = try await useCases.appealRemoval(try context.videoID(), text, context.effectID, viewer)
        return JSONResponse(.created, AppealBody(appeal))
    }

    @Sendable func decide(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let moderator = try context.moderator()
        try request.requireNoQuery()
        let condition = try request.statedVersion()
        let wanted = try await request.decode(AppealBody.Verdict.self)
        let seen = try await useCases.decideAppeal(
            try context.videoID(), wanted.decision.value, wanted.reason.value, moderator, condition)
        return await useCases.answer(seen, to: moderator.viewer)
    }
}

extension VideoUseCases {
    /// A video as the viewer may see it, under its tag.
    func answer(_ seen: SeenVideo, to viewer: Viewer) async -> JSONResponse {
        let poster = await posterURL(seen.video, viewer)
        return JSONResponse(.ok, VideoBody(seen, to: viewer, poster: poster), etag: VideoBody.etag(of: seen.video))
    }
}

extension CallerContext {
    /// Fails: `video.moderators-only`; `user.second-factor-required` for one whose role counts with two factors alone.
    func moderator() throws(Failure) -> Moderator {
        let caller = try caller()
        if caller.roles.isDisjoint(with: Viewer.lookingAfter),
            !caller.withheldRoles.isDisjoint(with: Viewer.lookingAfter)
        {
            throw .roleWithheld
        }
        return try Moderator(Viewer(caller))
    }
}

extension Request {
    /// Nil when the caller states no version of the video that is to be changed.
    fileprivate func statedVersion() throws(Failure) -> ((Video) throws -> Void)? {
        if headers[.ifMatch] == nil, headers[.ifNoneMatch] == nil { return nil }
        let known = try IfMatch(self, required: false, upTo: VideoBody.seam)
        return { video in try known.check(video) }
    }
}
