import AuthKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import VideoDomain

/// Videos: list, read, change, remove, play.
struct VideoRoutes: Sendable {
    let useCases: VideoUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/v1/videos", .token, use: list)
        routes.get("/v1/videos/{id}", .token, use: show)
        routes.patch("/v1/videos/{id}", .token, use: edit)
        routes.delete("/v1/videos/{id}", .token, use: delete)
        routes.get("/v1/videos/{id}/playback", .token, use: play)
    }

    @Sendable func list(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        var query = try QueryReader(request)
        let page = query.page()
        let owner = query.value("owner", as: UserID.self)
        let text = query.string("q", maximum: 200)
        let tag = query.string("tag", maximum: 40)
        let sharing = query.choice("shared", of: SharedWith.self)
        try query.done()
        let wanted = try VideoQuery(viewer: viewer, owner: owner, text: text, tag: tag, isShared: sharing != nil)
        let found = try await useCases.listVideos(wanted, page)
        var bodies: [VideoBody] = []
        for video in found.items {
            bodies.append(VideoBody(video, poster: await useCases.posterURL(video, viewer)))
        }
        return JSONResponse(.ok, Page(items: bodies, next: found.next))
    }

    @Sendable func show(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        return await useCases.answer(try await useCases.showVideo(try context.videoID(), viewer), to: viewer)
    }

    @Sendable func edit(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        let id = try context.videoID()
        try request.requireNoQuery()
        let known = try IfMatch(request, required: true, upTo: VideoBody.seam)
        let body = try await request.decode(VideoChangesBody.self)
        let video = try await useCases.editVideo(id, body.changes, viewer) { video in try known.check(video) }
        return await useCases.answer(SeenVideo(video: video), to: viewer)
    }

    @Sendable func delete(_ request: Request, context: CallerContext) async throws -> Response {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        let known = try IfMatch(request, required: true, upTo: VideoBody.seam)
        try await useCases.deleteVideo(try context.videoID(), viewer) { video in try known.check(video) }
        return Response(status: .noContent)
    }

    @Sendable func play(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        return JSONResponse(.ok, PlaybackBody(playback: try await useCases.playVideo(try context.videoID(), viewer)))
    }
}

extension IfMatch {
    /// Fails: as `check(_:shown:)`.
    func check(_ video: Video) throws(Failure) {
        try check(VideoBody.version(of: video), shown: VideoBody.etag(of: video))
    }
}

/// With whom what a list has is shared.
private enum SharedWith: String, CaseIterable {
    case me
}

extension CallerContext {
    /// The video a path names. What is no id names nothing. Fails: `video.not-found`.
    func videoID() throws(Failure) -> VideoID {
        guard let id = parameters.get("id").flatMap({ VideoID($0) }) else { throw .videoNotFound }
        return id
    }
}
