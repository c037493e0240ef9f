import AuthKit
import Crypto
import DomainKit
import Foundation
import HTTPKit
import Hummingbird
import HummingbirdTesting
import IdentityEvents
import NIOCore
import PlatformTesting
import Synchronization
import Testing
import VideoHTTP
import VideoServer
import VideoTestKit

/// Sending waits for no disk on the event loop, which all of its sockets would wait for as well.
@Suite("Files that are on the disk alone")
struct ColdFileTests {
    private static let step: Int64 = 2 * 1_024 * 1_024

    @Test func `each step is brought into memory before it is sent, and once`() async throws {
        let film = try ColdFilm(size: 2 * Self.step + 1_000, staysCold: false)
        #expect(try await film.download(nil) == film.bytes)
        #expect(film.fetched == [0..<Self.step, Self.step..<(2 * Self.step), (2 * Self.step)..<film.size])
    }

    @Test func `only what is asked for is brought, and what is in memory is sent at once`() async throws {
        let film = try ColdFilm(size: Self.step, staysCold: false)
        #expect(try await film.download("bytes=10-19") == film.bytes[10..<20])
        #expect(try await film.download("bytes=10-19") == film.bytes[10..<20])
        #expect(film.fetched == [10..<20])
    }

    /// Under pressure pages may be gone before they are sent: the file is sent all the same.
    @Test func `a step that does not stay in memory is sent all the same`() async throws {
        let film = try ColdFilm(size: 2 * Self.step, staysCold: true)
        #expect(try await film.download(nil) == film.bytes)
        #expect(film.fetched == [0..<Self.step, Self.step..<(2 * Self.step)])
    }
}

/// A film of which nothing is in memory until it is brought there, and who asks for it.
private final class ColdFilm: MediaGate, MediaFile {
    let bytes: Data
    private let staysCold: Bool
    private let url = FileManager.default.temporaryDirectory.appending(path: "cold-\(UUID().uuidString)")
    private let brought = Mutex<[Range<Int64>]>([])

    var fetched: [Range<Int64>] { brought.withLock { $0 } }

    var size: Int64 { Int64(bytes.count) }
    var etag: String { "cold" }
    var modified: Date { .distantPast }
    var contentType: String { "video/mp4" }
    var filename: String? { nil }
    var right: ReadingRight { .holds }

    init(size: Int64, staysCold: Bool) throws {
        bytes = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 11) })
        self.staysCold = staysCold
        try bytes.write(to: url)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// GETs it over a socket, as the service sends files.
    func download(_ range: String?) async throws -> Data {
        let library = InMemoryLibrary(clock: SystemWallClock())
        let adapters = VideoAdapters(
            videos: library, shares: library, removals: library, reports: library, uploads: library, holdings: library,
            media: InMemoryMedia(), notes: library, grants: InMemoryGrants(), addresses: PlainAddresses(), gate: self,
            keys: NoKeys(), revocations: .current(), rights: ScriptedRights(), contents: AnyContents(),
            idempotency: InMemoryIdempotencyStore(), limits: InMemoryRateLimitStore())
        let routes = adapters.routes(try TestVideoService().config)
        return try await Application(responder: MethodOverride(routes.edge()), server: .media()).test(.live) { client in
            let answer = try await client.execute(
                uri: "/media/videos/1", method: .get, headers: range.map { [.range: $0] } ?? [:])
            return Data(answer.body.readableBytesView)
        }
    }

    func open(path: String, query: String) async throws -> ColdFilm { self }
    func rendition(_ ticket: String, _ name: String) async throws -> RenditionAnswer { .file(self) }
    func put(_ body: RequestBody, length: Int64?, path: String, query: String) async throws -> String { "" }
    func mayStillBeRead() async -> Bool { true }

    func isCached(_ range: Range<Int64>) -> Bool { !staysCold && fetched.contains(range) }
    func cache(_ range: Range<Int64>) async { brought.withLock { $0.append(range) } }

    func withHandle(_ body: @Sendable (NIOFileHandle) async throws -> Void) async throws {
        let file = try FileHandle(forReadingFrom: url)
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.fileDescriptor)
        // `file` closes it, as its last use is here.
        defer { withExtendedLifetime(file) { _ = try? handle.takeDescriptorOwnership() } }
        try await body(handle)
    }
}

private struct NoKeys: VerificationKeys {
    let generation = 0

    func key(_ id: String) -> P256.Signing.PublicKey? { nil }
    func lookAgain() async throws(Failure) {}
}
