import HTTPTypes
import Hummingbird
import NIOCore

extension StoredAnswer {
    /// Reads the response's body whole; creating calls have small ones.
    init(_ response: Response) async throws {
        let collected = CollectedBody()
        try await response.body.write(collected)
        let fields = response.headers.filter { $0.name != .contentLength }
        self.init(
            status: response.status.code,
            fields: fields.map { Field(name: $0.name.rawName, value: $0.value) },
            body: Array(collected.buffer.readableBytesView))
    }

    func response(isReplay: Bool) -> Response {
        var headers = HTTPFields()
        for field in fields {
            if let name = HTTPField.Name(field.name) { headers.append(HTTPField(name: name, value: field.value)) }
        }
        if isReplay { headers[.idempotencyReplayed] = "true" }
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// Takes what a body writes. Used by one task, which has it to itself until the body is written.
private final class CollectedBody: ResponseBodyWriter {
    private(set) var buffer = ByteBuffer()

    func write(_ part: ByteBuffer) async throws {
        buffer.writeImmutableBuffer(part)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
