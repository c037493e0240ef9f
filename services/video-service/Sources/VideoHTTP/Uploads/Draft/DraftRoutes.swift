import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore
import VideoDomain

/// Resumable uploads as draft-ietf-httpbis-resumable-upload has them, on the addresses that tus has, too: an upload of
/// the one can be gone on with by the other.
struct DraftRoutes: Sendable {
    let useCases: VideoUseCases
    let running: RunningUploads

    func create(_ request: Request, context: CallerContext) async throws -> Response {
        let viewer = try context.viewer()
        let draft = try DraftRequest(request)
        let (new, checksum, end) = (try draft.newUpload(), try draft.checksum(), try draft.end())
        if let announced = draft.announced, let size = new.size, announced > size { throw Failure.beyondLength(size) }
        var (upload, isNew) = try await useCases.createUpload(new, context.effectID, viewer)
        if !isNew {
            // An earlier try of this call got through: how far, the client learns as after any lost connection.
            upload = try await useCases.settledUpload(upload.id, viewer.id)
        } else {
            var fields: HTTPFields = [.location: UploadConcat.address(of: upload.id)]
            fields[.uploadLimit] = draft.version >= .six ? limit(of: upload, draft.version) : nil
            let interim = draft.takesInterim ? InterimResponses(version: draft.version, channel: context.channel) : nil
            await interim?.send(fields)
            if draft.announced != 0 || new.isOpen {
                let begun = upload
                upload = try await running.during(try context.caller()) { permit in
                    try await begin(begun, request, draft, checksum, end, context, interim, permit)
                }
            }
        }
        var fields = state(of: upload, draft.version)
        fields[.location] = UploadConcat.address(of: upload.id)
        return Response(status: .created, headers: fields)
    }

    func offset(_ request: Request, context: CallerContext) async throws -> Response {
        let caller = try context.userID()
        let draft = try DraftRequest(request)
        let upload = try await useCases.settledUpload(try context.uploadID(), caller)
        var fields = state(of: upload, draft.version)
        if upload.isSizeKnown { fields[.uploadLength] = String(upload.size) }
        fields[.cacheControl] = "no-store"
        return Response(status: .noContent, headers: fields)
    }

    func append(_ request: Request, context: CallerContext) async throws -> Response {
        let caller = try context.userID()
        let draft = try DraftRequest(request)
        let id = try context.uploadID()
        try draft.requirePartialUpload()
        let known = try IfMatch(request, required: false)
        let (checksum, offset, end) = (try draft.checksum(), try draft.offset(), try draft.end())
        let interim = draft.takesInterim ? InterimResponses(version: draft.version, channel: context.channel) : nil
        let upload = try await running.during(try context.caller()) { permit in
            try await receive(
                request, draft, checksum, id, offset, end, interim, as: caller, permit
            ) { upload in try known.check(UploadBody.etag(of: upload)) }
        }
        return answer(upload, draft)
    }

    /// Takes a creation's bytes. Whoever was told where the upload is, or can name it by a key, goes on with what came before
    /// a cut; for others it is lost.
    private func begin(
        _ upload: Upload, _ request: Request, _ draft: DraftRequest, _ checksum: VideoUseCases.Checksum?,
        _ end: UploadEnd, _ context: CallerContext, _ interim: InterimResponses?, _ permit: any Permit
    ) async throws -> Upload {
        do {
            return try await receive(
                request, draft, checksum, upload.id, 0, end, interim, as: upload.ownerID, permit
            ) { _ in }
        } catch {
            if interim == nil, context.effectID == nil { await giveUp(upload.id, as: upload.ownerID) }
            throw error
        }
    }

    private func receive(
        _ request: Request, _ draft: DraftRequest, _ checksum: VideoUseCases.Checksum?, _ id: UploadID,
        _ offset: Int64, _ end: UploadEnd, _ interim: InterimResponses?, as caller: UserID, _ permit: any Permit,
        _ condition: @escaping VideoUseCases.UploadCondition
    ) async throws -> Upload {
        do {
            return try await useCases.receiveDraft(
                request.body, draft.announced, checksum, id, offset, end, caller, permit, condition
            ) { received in
                if draft.version.tellsProgress { await interim?.send([.uploadOffset: String(received)]) }
            }
        } catch let failure as Failure where failure.code == Failure.beyondLengthCode && draft.announced == nil {
            // Bytes beyond the length have come: what was meant is not known any more, and the draft ends the upload then.
            await giveUp(id, as: caller)
            throw failure
        }
    }

    /// In a task of its own, as the client may be gone by now. What fails is left to the housekeeping.
    private func giveUp(_ id: UploadID, as user: UserID) async {
        let cancel = useCases.cancelUpload
        await Task { try? await cancel(id, user) { _ in } }.value
    }

    /// What is complete is told in a body.
    private func answer(_ upload: Upload, _ draft: DraftRequest) -> Response {
        var fields = state(of: upload, draft.version)
        guard upload.state == .finished else { return Response(status: .noContent, headers: fields) }
        fields[.contentType] = "application/json"
        return Response(
            status: .ok, headers: fields, body: ResponseBody(byteBuffer: JSONWriter.buffer(of: UploadBody(upload))))
    }

    private func state(of upload: Upload, _ version: DraftVersion) -> HTTPFields {
        let isComplete = upload.state == .finished
        var fields: HTTPFields = [.uploadOffset: String(upload.received)]
        fields[version.completeness.name] = version.completeness(isComplete)
        if isComplete { fields[.videoID] = upload.videoID?.description }
        if version >= .six { fields[.uploadLimit] = limit(of: upload, version) }
        return fields
    }

    private func limit(of upload: Upload, _ version: DraftVersion) -> String {
        let age = useCases.secondsLeft(of: upload)
        return "max-size=\(upload.size), \(version == .six ? "expires" : "max-age")=\(age)"
    }
}
