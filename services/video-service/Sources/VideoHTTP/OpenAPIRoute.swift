import AuthKit
public import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The published description of this service's routes, as it lies in `docs/api`.
struct OpenAPIRoute: Sendable {
    func add(to router: some RouterMethods<ServiceContext>) {
        let document = ByteBuffer(bytes: VideoAPIDocument.bytes)
        router.get("/openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml", .cacheControl: "public, max-age=300"],
                body: ResponseBody(byteBuffer: document))
        }
    }
}

/// The document itself.
public enum VideoAPIDocument {
    /// Empty when the build left the resource out, which a test would see.
    public static var bytes: Data {
        Bundle.module.url(forResource: "openapi", withExtension: "yaml").flatMap { try? Data(contentsOf: $0) } ?? Data()
    }
}
