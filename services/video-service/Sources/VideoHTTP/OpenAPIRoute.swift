import AuthKit
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore

/// The published description of this service's routes, as it lies in `docs/api`.
struct OpenAPIRoute: Sendable {
    func add(to router: some RouterMethods<CallerContext>) {
        let document = ByteBuffer(bytes: VideoAPIDocument.bytes)
        router.get("/openapi.yaml") { request, _ in
            try request.requireNoQuery()
            return Response(
                status: .ok, headers: [.contentType: "application/yaml", .cacheControl: "public, max-age=300"],
                body: ResponseBody(byteBuffer: document))
        }
    }
}

/// The document itself, built into the program.
public enum VideoAPIDocument {
    public static var bytes: [UInt8] { PackageResources.openapi_yaml }
}
