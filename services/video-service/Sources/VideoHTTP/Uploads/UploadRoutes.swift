import AuthKit
import DomainKit
import Foundation
import HTTPKit
import Hummingbird
import VideoDomain

/// Uploads as JSON, for pages that show them.
struct UploadRoutes: Sendable {
    let useCases: VideoUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/v1/uploads", .token, use: list)
        routes.get("/v1/uploads/{id}", .token, use: show)
    }

    @Sendable func list(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let caller = try context.userID()
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        return JSONResponse(.ok, try await useCases.listUploads(caller, page).map(UploadBody.init))
    }

    @Sendable func show(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let caller = try context.userID()
        try request.requireNoQuery()
        let upload = try await useCases.showUpload(try context.uploadID(), caller)
        return JSONResponse(.ok, UploadBody(upload), etag: UploadBody.etag(of: upload))
    }
}

extension Int64 {
    /// Whole units since 1970, rounded down; a time too far away becomes the farthest there is.
    fileprivate init(clamping date: Date, unitsPerSecond: Double) {
        let units = (date.timeIntervalSince1970 * unitsPerSecond).rounded(.down)
        self = Int64(exactly: units) ?? (units < 0 ? .min : .max)
    }
}

extension Upload {
    /// `active`, `completing` once all bytes are here and something is still to be done with them, `finished`.
    fileprivate var publicState: String {
        switch state {
        case .finished: "finished"
        case .joining, .completing: "completing"
        case .direct: "active"
        case .uploading, .partial: received == size && !isOpen ? "completing" : "active"
        }
    }
}

/// An upload on the wire.
struct UploadBody: JSONWritable {
    let upload: Upload

    init(_ upload: Upload) {
        self.upload = upload
    }

    /// Everything in the body that changes.
    static func etag(of upload: Upload) -> ETag {
        ETag("\(upload.state.rawValue)-\(upload.received)-\(Int64(clamping: upload.expiresAt, unitsPerSecond: 1_000))")
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", upload.id)
            $0.member("state", upload.publicState)
            $0.member("received", upload.received)
            $0.member("size", upload.isSizeKnown ? upload.size : nil)
            // Requests may be of any size; only uploads in numbered parts have one.
            $0.member("part_size", upload.partSize)
            $0.member("video_id", upload.videoID)
            $0.member("expires_at", upload.expiresAt)
        }
    }
}
