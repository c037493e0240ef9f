public import DomainKit
public import HTTPTypes
public import Hummingbird
import NIOCore

/// A JSON answer. With an `etag`, a GET that already has that version (`If-None-Match`) gets a 304 without a body.
public struct JSONResponse: ResponseGenerator, Sendable {
    public var status: HTTPResponse.Status
    public var headers: HTTPFields
    public var etag: ETag?
    private let document: ByteBuffer

    public init(
        _ status: HTTPResponse.Status = .ok, _ body: some JSONWritable, etag: ETag? = nil, headers: HTTPFields = [:]
    ) {
        self.status = status
        self.headers = headers
        self.etag = etag
        document = JSONWriter.buffer(of: body)
    }

    public func response(from request: Request, context: some RequestContext) throws -> Response {
        var headers = headers
        if let etag {
            headers[.eTag] = etag.description
            if status == .ok, request.method == .get || request.method == .head,
                let known = request.headers[.ifNoneMatch], ETag.list(known).matchesWeakly(etag)
            {
                return Response(status: .notModified, headers: headers)
            }
        }
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: document))
    }
}

extension Page: JSONWritable where Item: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.object { page in
            page.member("items", items)
            page.member("next_cursor", next)
        }
    }
}
