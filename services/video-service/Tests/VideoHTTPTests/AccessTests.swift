import AuthKit
import Crypto
import DomainKit
import Foundation
import HTTPKit
import Hummingbird
import HummingbirdTesting
import IdentityEvents
import Logging
import NIOCore
import PlatformTesting
import ServiceKit
import Testing
import VideoHTTP
import VideoServer
import VideoTestKit

/// Who may call what: as declared, as documented, as it is.
@Suite("Access")
struct AccessTests {
    @Test func `the published table is what the program prints`() throws {
        let boot = Boot(service: "video-service", version: "test", logger: Logger(label: "test"))
        #expect(try TestVideoService().wiring.host(boot).table.text == AccessTable.published(of: "video"))
    }

    @Test func `the document says of every route who may call it`() throws {
        let document = try OpenAPIDocument(yaml: VideoSpecification.bytes)
        let table = try TestVideoService().wiring.routes().table
        #expect(document.findings(comparedWith: table) == [])
    }

    @Test func `every caller comes as far as the table says, on every route`() async throws {
        let issuer = TestIssuer(name: "http://127.0.0.1:8080")
        let routes = try routes(issuer)
        let walk = AccessWalk(routes.table, callers: try callers(issuer))
        let application = Application(responder: MethodOverride(routes.edge()))
        let findings = try await application.test(.router) { try await walk.findings($0) }
        #expect(findings == [])
    }

    /// As they are wired, on stores in memory.
    private func routes(_ issuer: TestIssuer) throws -> AccessRouter<CallerContext> {
        let library = InMemoryLibrary(clock: SystemWallClock())
        let adapters = VideoAdapters(
            videos: library, shares: library, removals: library, reports: library, uploads: library, holdings: library,
            media: InMemoryMedia(),
            notes: library, grants: InMemoryGrants(), addresses: PlainAddresses(), gate: ClosedGate(),
            keys: KnownKeys(issuer: issuer), revocations: .current(),
            rights: ScriptedRights(), contents: AnyContents(),
            idempotency: InMemoryIdempotencyStore(), limits: InMemoryRateLimitStore())
        return adapters.routes(try TestVideoService().config)
    }

    private func callers(_ issuer: TestIssuer) throws -> [AccessWalk.Caller] {
        let user = UUID()
        func bearer(_ token: String) -> String { "Bearer " + token }
        return [
            .init("nobody", authorization: nil, roles: nil),
            .init("nonsense", authorization: "Bearer x", roles: nil),
            .init("unsigned", authorization: bearer(try issuer.token(for: user, algorithm: "none")), roles: nil),
            .init("forged", authorization: bearer(try issuer.token(for: user, algorithm: "HS256")), roles: nil),
            .init("foreign", authorization: bearer(try TestIssuer(name: issuer.name).token(for: user)), roles: nil),
            .init("expired", authorization: bearer(try issuer.token(for: user, life: -60)), roles: nil),
            .init("no role", authorization: bearer(try issuer.token(for: user, roles: [])), roles: []),
        ]
            + (try Role.allCases.map {
                .init(
                    $0.rawValue, authorization: bearer(try issuer.token(for: user, roles: [$0.rawValue])), roles: [$0])
            })
    }
}

/// Takes no signature.
private struct ClosedGate: MediaGate {
    func open(path: String, query: String) async throws -> NoFile { throw Failure.linkInvalid }

    func put(_ body: RequestBody, length: Int64?, path: String, query: String) async throws -> String {
        throw Failure.linkInvalid
    }

    func rendition(_ ticket: String, _ name: String) async throws -> RenditionAnswer { throw Failure.linkInvalid }

    struct NoFile: MediaFile {
        var size: Int64 { 0 }
        var etag: String { "" }
        var modified: Date { .distantPast }
        var contentType: String { "" }
        var filename: String? { nil }
        var right: ReadingRight { .ended }
        func mayStillBeRead() async -> Bool { false }
        func isCached(_ range: Range<Int64>) -> Bool { true }
        func cache(_ range: Range<Int64>) async {}

        func withHandle(_ body: @Sendable (NIOFileHandle) async throws -> Void) async throws {}
    }
}

/// The issuer's key, known from the start.
private struct KnownKeys: VerificationKeys {
    let issuer: TestIssuer
    let generation = 0

    func key(_ id: String) -> P256.Signing.PublicKey? { issuer.publicKey(id) }
    func lookAgain() async throws(Failure) {}
}
