import Crypto
import Foundation
import NIOHTTP1
import Testing

extension EndToEnd {
    @Suite
    struct TokenTests {
        /// The protected routes of each service.
        static let routes = ["/v1/me", "/v1/videos", "/v1/rooms"]

        @Test(arguments: routes)
        func `no token and bad tokens get 401, at the gateway and at the services themselves`(route: String)
            async throws
        {
            let person = try await Person.signUp("forger")
            let service = ["/v1/me": 0, "/v1/videos": 1, "/v1/rooms": 2][route] ?? 0
            let bases = [Platform.gateway, "http://127.0.0.1:\(Platform.servicePorts[service])"]
            for base in bases {
                for token in [nil, "garbage"] + (try forgeries(of: person.tokens.accessToken)) {
                    let answer = try await API(base: base, token: token).call(.GET, route)
                    #expect(answer.status == 401, "\(base) \(token ?? "no token")")
                    #expect(answer.problemCode == "platform.unauthenticated")
                    #expect(answer.headers.first(name: "WWW-Authenticate")?.hasPrefix("Bearer") == true)
                }
                #expect(try await API(base: base, token: person.tokens.accessToken).call(.GET, route).status == 200)
            }
        }

        @Test func `the gateway answers in the platform's own form`() async throws {
            let nothing = try await API().call(.GET, "/nothing/here?secret=1")
            #expect(nothing.status == 404)
            let problem = try nothing.decoded(as: ProblemBody.self)
            #expect(
                problem.code == "platform.not-found" && problem.status == 404 && problem.instance == "/nothing/here")
            #expect(problem.requestId == nothing.headers.first(name: "X-Request-Id"))
        }

        @Test(arguments: ["/metrics", "/readyz", "/livez", "/version", "/internal/v1/revocations"])
        func `operations are out of reach`(path: String) async throws {
            #expect(try await API().call(.GET, path).status == 404)
        }

        @Test(arguments: ["user", "video", "chat"])
        func `the gateway serves the API's documents`(service: String) async throws {
            let answer = try await API().call(.GET, "/docs/api/openapi-\(service).yaml")
            #expect(answer.status == 200)
            #expect(String(decoding: answer.bytes, as: UTF8.self).hasPrefix("openapi: 3.1"))
        }

        /// The same claims, signed by nobody, by HMAC with a guessable key, and by a key of the forger's own.
        private func forgeries(of token: String) throws -> [String] {
            let parts = token.split(separator: ".")
            let header = try #require(JSONSerialization.jsonObject(with: decoded(parts[0])) as? [String: String])
            func unsigned(_ algorithm: String) throws -> String {
                var forged = header
                forged["alg"] = algorithm
                return encoded(try JSONSerialization.data(withJSONObject: forged)) + "." + parts[1]
            }
            let hmac = try unsigned("HS256")
            let code = HMAC<SHA256>.authenticationCode(
                for: Data(hmac.utf8), using: SymmetricKey(data: Data("key".utf8)))
            let own = try unsigned("ES256")
            let signature = try P256.Signing.PrivateKey().signature(for: Data(own.utf8))
            return [
                try unsigned("none") + ".", hmac + "." + encoded(Data(code)),
                own + "." + encoded(signature.rawRepresentation), String(token.dropLast(8)) + "AAAAAAAA",
            ]
        }

        private func encoded(_ data: Data) -> String {
            data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }

        private func decoded(_ text: Substring) throws -> Data {
            let padded = text.replacing("-", with: "+").replacing("_", with: "/")
            return try #require(Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.count % 4) % 4)))
        }
    }
}
