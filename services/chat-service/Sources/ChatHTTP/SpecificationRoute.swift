import HTTPKit
import HTTPTypes
public import Hummingbird
import NIOCore

/// `GET /openapi.yaml`: the published description of this service, open to all.
public struct SpecificationRoute: Sendable {
    private let document = ByteBuffer(bytes: PackageResources.openapi_yaml)

    public init() {}

    public func add(to router: some RouterMethods) {
        router.get("/openapi.yaml") { [document] request, _ in
            try request.requireNoQuery()
            return Response(
                status: .ok, headers: [.contentType: "application/yaml"], body: ResponseBody(byteBuffer: document))
        }
    }
}
