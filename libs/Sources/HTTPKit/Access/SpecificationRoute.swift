import HTTPTypes
import Hummingbird
public import NIOCore

/// `GET /openapi.yaml`: the published description of a service, open to all.
public struct SpecificationRoute: Sendable {
    private let document: ByteBuffer

    public init(_ document: ByteBuffer) {
        self.document = document
    }

    public func add(to routes: AccessRouter<some EdgeContext>) {
        routes.get("/openapi.yaml", .open) { [document] request, _ in
            try request.requireNoQuery()
            return Response(
                status: .ok, headers: [.contentType: "application/yaml", .cacheControl: "public, max-age=300"],
                body: ResponseBody(byteBuffer: document))
        }
    }
}
