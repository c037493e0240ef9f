import AuthKit
import DomainKit
import Encodings
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird

/// `GET` and `HEAD` of signed URLs: bytes of videos, whole or by range (RFC 9110 §14), without a token and without a
/// question to the database. The signature is the right to read, as long as the one it was made for is not told to have
/// lost it: a body that runs then ends within a step of what is sent at once.
struct MediaRoutes: Sendable {
    let gate: any MediaGate

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/media/**", .proof(.signedAddress), use: answer)
        routes.head("/media/**", .proof(.signedAddress), use: answer)
        routes.put("/media/**", .proof(.signedAddress), use: put)
    }

    /// A part of an upload (`SignedPut`), answered as an object store does.
    @Sendable func put(_ request: Request, context: CallerContext) async throws -> Response {
        let path = String(request.uri.path.dropFirst("/media/".count))
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        let etag = try await gate.put(request.body, length: length, path: path, query: request.uri.query ?? "")
        return Response(status: .ok, headers: [.eTag: "\"\(etag)\"", .contentLength: "0"])
    }

    @Sendable func answer(_ request: Request, context: CallerContext) async throws -> Response {
        let path = String(request.uri.path.dropFirst("/media/".count))
        if path.hasPrefix("hls/") { return try await rendition(path, request, context) }
        let file = try await gate.open(path: path, query: request.uri.query ?? "")
        return try answer(file, fields(of: file), request, context)
    }

    /// `hls/<ticket>/<name>`: addresses in playlists are relative, so whatever a playlist names has the ticket of the playlist.
    private func rendition(_ path: String, _ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let type = RenditionFile.contentType(of: parts[2]) else { throw Failure.linkInvalid }
        switch try await gate.rendition(parts[1], parts[2]) {
        case .file(let file):
            var fields = fields(of: file)
            fields[.contentDisposition] = nil
            return try answer(file, fields, request, context)
        case .text(let text):
            return Response(
                status: .ok, headers: [.contentType: type, .cacheControl: "private, max-age=300"],
                body: request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: text))
        case .elsewhere(let url):
            return Response(status: .found, headers: [.location: url, .cacheControl: "private, max-age=60"])
        }
    }

    private func answer(
        _ file: any MediaFile, _ fields: HTTPFields, _ request: Request, _ context: CallerContext
    ) throws -> Response {
        let conditions = MediaConditions(request.headers, of: file)
        switch conditions.outcome {
        case .notModified: return Response(status: .notModified, headers: fields)
        case .preconditionFailed: throw Failure.preconditionFailed.with(fields)
        case .proceed: break
        }
        // Range means something on GET alone (§14.2).
        let asked = request.method == .get && conditions.rangeCounts ? request.headers[.range] : nil
        switch ByteRange(asked, size: file.size) {
        case .whole:
            return send(file, 0..<file.size, .ok, fields, request, context)
        case .part(let range):
            var fields = fields
            fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            return send(file, range, .partialContent, fields, request, context)
        case .notSatisfiable:
            throw Failure.rangeNotSatisfiable(size: file.size).with([
                .contentRange: "bytes */\(file.size)", .acceptRanges: "bytes",
            ])
        }
    }

    private func send(
        _ file: any MediaFile, _ range: Range<Int64>, _ status: HTTPResponse.Status, _ fields: HTTPFields,
        _ request: Request, _ context: CallerContext
    ) -> Response {
        var fields = fields
        fields[.contentLength] = String(range.upperBound - range.lowerBound)
        if request.method == .head || range.isEmpty { return Response(status: status, headers: fields) }
        let body = FileBody(file: file, range: range, channel: context.channel)
        return Response(status: status, headers: fields, body: body.body)
    }

    private func fields(of file: any MediaFile) -> HTTPFields {
        [
            .acceptRanges: "bytes",
            .cacheControl: "private, max-age=300",
            .contentDisposition: ContentDisposition.field(contentType: file.contentType, filename: file.filename),
            .contentSecurityPolicy: "default-src 'none'; sandbox",
            .contentType: file.contentType,
            .eTag: "\"\(file.etag)\"",
            .lastModified: HTTPDate.string(from: file.modified),
        ]
    }
}
