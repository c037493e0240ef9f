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
        return JSONResponse(.ok, try await useCases.listVideos(wanted, page).map(VideoBody.init))
    }

    @Sendable func show(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        return JSONResponse(try await useCases.showVideo(try context.videoID(), viewer), to: viewer)
    }

    @Sendable func edit(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        let id = try context.videoID()
        try request.requireNoQuery()
        let known = try IfMatch(request, required: true)
        let body = try await request.decode(VideoChangesBody.self)
        return answer(
            try await useCases.editVideo(id, body.changes, viewer) { video in try known.check(VideoBody.etag(of: video))
            })
    }

    @Sendable func delete(_ request: Request, context: CallerContext) async throws -> Response {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        let known = try IfMatch(request, required: true)
        try await useCases.deleteVideo(try context.videoID(), viewer) { video in
            try known.check(VideoBody.etag(of: video))
        }
        return Response(status: .noContent)
    }

    @Sendable func play(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        return JSONResponse(.ok, PlaybackBody(link: try await useCases.playVideo(try context.videoID(), viewer)))
    }

    private func answer(_ video: Video) -> JSONResponse {
        JSONResponse(.ok, VideoBody(video), etag: VideoBody.etag(of: video))
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
