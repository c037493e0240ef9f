import HTTPKit
import HTTPTypes
import NIOCore
import PlatformTesting
import Testing
import UserHTTP

/// Every answer of the other tests is held against the document too, in `TestUserClient`.
@Suite struct SpecificationTests {
    let document: OpenAPIDocument

    init() throws {
        document = try OpenAPIDocument(yaml: UserSpecification.bytes)
    }

    @Test func `every route is documented, and nothing else is`() async throws {
        let routes = Set(try await TestService().table.routes)
        #expect(routes.subtracting(document.operations) == [] && document.operations.subtracting(routes) == [])
    }

    @Test func `the examples keep to their schemas`() {
        #expect(document.findingsInExamples() == [])
    }

    @Test func `an answer that is not as documented is found`() {
        func findings(_ body: String, _ path: String = "/v1/me", status: Int = 200) -> [String] {
            document.findings(
                in: ByteBuffer(string: body), of: .get, path, status: status, contentType: "application/json")
        }
        #expect(findings(#"{"keys":[]}"#, "/.well-known/jwks.json").count == 1)
        #expect(findings(#"{"id":"7","password":"x"}"#).count == 8)
        #expect(findings("{}", status: 418) == ["GET /v1/me 418: this status is not documented"])
        #expect(!findings("nonsense").isEmpty)
    }

    @Test func `a parameter nobody asked for is refused on every route`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await service.newAdmin(api)
            let token = try await api.grant().string("access_token")
            let other = try await api.grant(basic: "\(TestService.exporter):\(TestService.serviceSecret)")
            let tokens = [
                Access.scope("identity:events", or: []): token,
                .scope("users:read", or: []): try other.string("access_token"),
            ]
            for line in service.table.lines {
                let route = line.route
                let path = route.path.replacing("{id}", with: user.user)
                let answer = try await api.send(
                    route.method, "\(path)?nonsense=1", route.method == .get ? nil : "{}",
                    token: tokens[line.access] ?? user.access,
                    headers: [.ifMatch: "*"])
                // The token endpoint has a form of its own for what is wrong.
                let isSaid = path == "/oauth2/token" || answer.pointers == ["?nonsense"]
                #expect(answer.status == .badRequest && isSaid, "\(route)")
            }
        }
    }

    @Test func `content under a coding is refused on every route, as each of them says`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await service.newAdmin(api)
            for route in service.table.routes {
                let answer = try await api.send(
                    route.method, route.path.replacing("{id}", with: user.user), "{}", token: user.access,
                    headers: [.contentEncoding: "gzip", .contentLength: "2"])
                #expect(answer.status == .unsupportedMediaType, "\(route)")
            }
        }
    }

    @Test func `the document, the keys and the issuer are open to all`() async throws {
        try await TestService().serve { api in
            let yaml = try await api.send(.get, "/openapi.yaml")
            #expect(yaml.status == .ok && Array(yaml.body) == UserSpecification.bytes)
            let keys = try await api.send(.get, "/.well-known/jwks.json")
            #expect(keys.status == .ok && (keys.json["keys"] as? [[String: Any]])?.count == 2)
            #expect(keys.headers[.cacheControl] == "public, max-age=60")
            let issuer = try await api.send(.get, "/.well-known/openid-configuration")
            #expect(try issuer.string("jwks_uri") == "http://issuer.test/.well-known/jwks.json")
            #expect(try issuer.string("token_endpoint") == "http://issuer.test/oauth2/token")
        }
    }
}
