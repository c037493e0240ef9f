import AuthKit
import DomainKit
import Foundation
import HTTPTypes
import Hummingbird
import IdentityEvents
import NIOCore
import Synchronization
import Testing
import UserDomain

@testable import UserHTTP

@Suite struct DataExportArchiveTests {
    /// Files of a mebibyte each, made when they are asked for, and how far whoever sends them is ahead of whoever takes them.
    final class Depot: DataExportStore {
        static let size = 1_024 * 1_024

        private struct State {
            var given = 0
            var taken = 0
            var mostAhead = 0
            var isGone = false
            var isShort = false
        }

        private let state = Mutex(State())

        var mostAhead: Int { state.withLock { $0.mostAhead } }
        var taken: Int { state.withLock { $0.taken } }

        func lose() { state.withLock { $0.isGone = true } }
        func shorten() { state.withLock { $0.isShort = true } }
        func take(_ count: Int) { state.withLock { $0.taken += count } }

        func content(of file: DataExportFile, in id: DataExportID, range: Range<Int>) async throws -> Data? {
            state.withLock { state in
                if state.isGone, file.number > 2 { return nil }
                state.given += range.count
                state.mostAhead = max(state.mostAhead, state.given - state.taken)
                return Data(count: range.count - (state.isShort ? 1 : 0))
            }
        }

        func begin(
            _ id: DataExportID, of user: UserID, in session: SessionID?, on device: Device
        ) async throws -> DataExport? { nil }
        func export(_ id: DataExportID, of user: UserID) async throws -> DataExport? { nil }
        func tasks(of service: String) async throws -> [ExportTask] { [] }
        func take(_ piece: ExportPiece, number: Int, of id: DataExportID, from service: String) async throws {}
        func files(of id: DataExportID, of user: UserID) async throws -> [DataExportFile]? { nil }
    }

    struct Taker: ResponseBodyWriter {
        let depot: Depot

        mutating func write(_ buffer: ByteBuffer) async throws { depot.take(buffer.readableBytes) }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    private func archive(_ depot: Depot, files: Int) throws -> DataExportArchive {
        let files = (0..<files).map {
            DataExportFile(service: "chat-service", number: $0, kind: "messages", checksum: 0, size: Depot.size)
        }
        return try #require(DataExportArchive(files, of: DataExportID(UUID()), in: depot))
    }

    private func body(of archive: DataExportArchive) -> ResponseBody {
        archive.body(0..<archive.size) {
        } else: {
        }
    }

    @Test func `however large an archive is, no more than one file of it is held`() async throws {
        let depot = Depot()
        let archive = try archive(depot, files: 500)
        try await body(of: archive).write(Taker(depot: depot))
        #expect(depot.taken == archive.size && archive.size > 500 * Depot.size)
        #expect(depot.mostAhead <= Depot.size)
    }

    @Test func `where its pieces go meanwhile it is cut short, and not filled up with anything`() async throws {
        let depot = Depot()
        depot.lose()
        let archive = try archive(depot, files: 5)
        await #expect(throws: Failure.self) { try await body(of: archive).write(Taker(depot: depot)) }
        #expect(depot.taken < 4 * Depot.size)
    }

    @Test func `a file that is shorter than it was said to be ends it as well`() async throws {
        let depot = Depot()
        depot.shorten()
        let archive = try archive(depot, files: 1)
        await #expect(throws: Failure.self) { try await body(of: archive).write(Taker(depot: depot)) }
        #expect(depot.taken < Depot.size)
    }

    /// A reader who takes nothing as long as there is a connection.
    struct Stalled: ResponseBodyWriter {
        struct Closed: Error {}
        let begun: AsyncStream<Void>.Continuation
        let connection: AsyncStream<Never>

        mutating func write(_ buffer: ByteBuffer) async throws {
            begun.yield()
            for await _ in connection {}
            throw Closed()
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test(.timeLimit(.minutes(1)))
    func `whoever may not read any more is cut off, also when they take nothing`() async throws {
        let archive = try archive(Depot(), files: 5)
        let (begins, begun) = AsyncStream<Void>.makeStream()
        let (connection, end) = AsyncStream<Never>.makeStream()
        let isBanned = Atomic(false)
        await withThrowingTaskGroup(of: Void.self) { group in
            let body = archive.body(0..<archive.size) {
                if isBanned.load(ordering: .acquiring) { throw Failure.unauthenticated(because: "banned") }
            } else: {
                end.finish()
            }
            group.addTask { try await body.write(Stalled(begun: begun, connection: connection)) }
            for await _ in begins { break }
            isBanned.store(true, ordering: .releasing)
            await #expect(throws: Stalled.Closed.self) { try await group.waitForAll() }
        }
    }
}
