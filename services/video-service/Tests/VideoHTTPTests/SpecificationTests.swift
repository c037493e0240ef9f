import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing
import VideoHTTP
import VideoServer

/// Every answer of the other tests is held against the document too, in `TestClient`.
@Suite("The published description")
struct SpecificationTests {
    let document: OpenAPIDocument

    init() throws {
        document = try OpenAPIDocument(yaml: VideoSpecification.bytes)
    }

    @Test func `every route is documented, and nothing else is`() async throws {
        // The rest of a path has a name there and none in the router.
        let routes = Set(
            try TestVideoService().wiring.routes().table.routes.map {
                RouteEntry(method: $0.method, path: $0.path.replacing("**", with: "{path}"))
            })
        #expect(routes.subtracting(document.operations) == [])
        #expect(document.operations.subtracting(routes) == [])
    }

    @Test func `content under a coding is refused by every operation, as each of them says`() async throws {
        let service = try TestVideoService()
        let document = document
        try await service.serve { api in
            for operation in document.operations {
                let path = operation.path.replacing("{id}", with: UUID().lowercased)
                    .replacing("{user_id}", with: UUID().lowercased).replacing("{path}", with: "x")
                let answer = try await api.client.execute(
                    uri: path, method: operation.method,
                    headers: [
                        .contentEncoding: "gzip", .authorization: "Bearer \(try service.issuer.token(for: UUID()))",
                    ], body: ByteBuffer(string: "x"))
                #expect(answer.status == .unsupportedMediaType, "\(operation)")
                let findings = document.findings(
                    in: answer.body, of: operation.method, path, status: 415,
                    contentType: answer.headers[.contentType])
                #expect(operation.method == .head || findings == [], "\(operation)")
            }
        }
    }

    @Test func `the examples keep to their schemas`() {
        #expect(document.findingsInExamples() == [])
    }

    @Test func `the document is open to all`() async throws {
        try await TestVideoService().serve { api in
            let yaml = try await api.send(.get, "/openapi.yaml", as: nil)
            #expect(yaml.status == .ok && Array(yaml.body) == VideoSpecification.bytes)
        }
    }
}
