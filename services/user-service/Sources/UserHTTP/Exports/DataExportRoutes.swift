import AuthKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import IdentityEvents
import NIOCore
import UserDomain

/// `/v1/me/data-exports`: all that is kept of somebody, as one zip archive of JSON files.
struct DataExportRoutes: Sendable {
    let store: any DataExportStore
    let verifier: TokenVerifier
    let ids: any IDSource

    func add(to routes: AccessRouter<CallerContext>, creating: AccessRouter<CallerContext>) {
        creating.post("/v1/me/data-exports", .token, use: begin)
        routes.get("/v1/me/data-exports/{id}", .token, use: show)
        routes.get("/v1/me/data-exports/{id}/archive", .token, use: archive)
        let scope = Access.scope(ServiceScope.readUsers.rawValue, or: [])
        routes.get("/internal/v1/data-exports", scope, use: tasks)
        routes.put("/internal/v1/data-exports/{id}/pieces/{number}", scope, use: take)
    }

    @Sendable private func begin(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let caller = try context.caller()
        let begun = try await store.begin(
            DataExportID(context.effectID ?? ids.random()), of: UserID(caller.userID),
            in: caller.sessionID.map { SessionID($0) }, on: Device(request, context))
        guard let export = begun else { throw Failure.accountGone }
        return try JSONResponse(
            .accepted, DataExportBody(export: export), etag: Self.version(export),
            headers: [.location: DataExportBody.path(of: export.id)]
        ).response(from: request, context: context)
    }

    @Sendable private func show(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let export = try await own(context)
        return try JSONResponse(.ok, DataExportBody(export: export), etag: Self.version(export)).response(
            from: request, context: context)
    }

    /// Nothing else of an export ever changes.
    private static func version(_ export: DataExport) -> ETag { ETag(export.state.rawValue) }

    /// What was fetched before stays good: an archive never changes, and a later call goes on in it by `Range`. A ban, or the end of
    /// the session, ends what is being sent.
    @Sendable private func archive(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let export = try await own(context)
        guard export.state == .ready, let files = try await store.files(of: export.id, of: context.userID()) else {
            throw Failure.exportNotReady
        }
        guard let archive = DataExportArchive(files, of: export.id, in: store) else { throw Failure.exportNotReady }
        let caller = try context.caller()
        func body(_ range: Range<Int>) -> ResponseBody {
            archive.body(range) { [verifier] in
                try verifier.check(caller)
            } else: {
                context.channel.close(promise: nil)
            }
        }
        let etag = ETag(export.id.description).description
        let counts = request.headers[.ifRange].map { $0 == etag } ?? true
        var fields: HTTPFields = [
            .contentType: "application/zip", .acceptRanges: "bytes", .eTag: etag, .cacheControl: "private, no-store",
            .contentDisposition: "attachment; filename=\"hiroba-export.zip\"",
        ]
        switch ByteRange(counts ? request.headers[.range] : nil, size: Int64(archive.size)) {
        case .whole:
            return Response(status: .ok, headers: fields, body: body(0..<archive.size))
        case .part(let range):
            fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(archive.size)"
            return Response(
                status: .partialContent, headers: fields,
                body: body(Int(range.lowerBound)..<Int(range.upperBound)))
        case .notSatisfiable:
            throw Failure.exportRangeNotSatisfiable.with([
                .contentRange: "bytes */\(archive.size)", .acceptRanges: "bytes",
            ])
        }
    }

    @Sendable private func tasks(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let tasks = try await store.tasks(of: try giver(context))
        return try JSONResponse(.ok, ExportTasksBody(tasks: tasks)).response(from: request, context: context)
    }

    @Sendable private func take(_ request: Request, _ context: CallerContext) async throws -> Response {
        var query = try QueryReader(request)
        let kind = query.string("kind", maximum: 40) ?? ""
        let place = query.string("place", maximum: 2_000)
        try query.done()
        let service = try giver(context)
        guard let id = context.parameters.get("id").flatMap({ DataExportID($0) }),
            let number = context.parameters.get("number").flatMap({ Int32($0) }), number >= 0
        else { throw Failure.exportNotFound }
        guard ExportPiece.isKind(kind) else {
            throw Failure.invalid([
                Violation(pointer: "?kind", code: "not-acceptable", detail: "A kind has 1 to 40 of a-z and -.")
            ])
        }
        try request.requireJSON()
        let content = Data(try await request.collect(limit: ExportPiece.largest).readableBytesView)
        try await store.take(
            ExportPiece(kind: kind, content: content, place: place), number: Int(number), of: id, from: service)
        return Response(status: .noContent)
    }

    /// Whoever else may read of accounts has no part in exports, and is not told of any.
    private func giver(_ context: CallerContext) throws -> String {
        guard let service = context.service?.clientID, ErasureReport.services.contains(service) else {
            throw Failure.hasNoPartInExports
        }
        return service
    }

    private func own(_ context: CallerContext) async throws -> DataExport {
        guard let id = context.parameters.get("id").flatMap({ DataExportID($0) }),
            let export = try await store.export(id, of: context.userID())
        else { throw Failure.exportNotFound }
        return export
    }
}

extension Failure {
    static var hasNoPartInExports: Failure {
        Failure(.forbidden, code: "platform.forbidden", message: "This is not for you to do.")
    }

    static var exportRangeNotSatisfiable: Failure {
        Failure(
            .rangeNotSatisfiable, code: "user.export-range-not-satisfiable", message: "The archive ends before that.")
    }
}
