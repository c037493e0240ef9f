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
        }

        private let state = Mutex(State())

        var mostAhead: Int { state.withLock { $0.mostAhead } }
        var taken: Int { state.withLock { $0.taken } }

        func lose() { state.withLock { $0.isGone = true } }
        func take(_ count: Int) { state.withLock { $0.taken += count } }

        func content(of file: DataExportFile, in id: DataExportID, range: Range<Int>) async throws -> Data? {
            state.withLock { state in
                if state.isGone, file.number > 2 { return nil }
                state.given += range.count
                state.mostAhead = max(state.mostAhead, state.given - state.taken)
                return Data(count: range.count)
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

    @Test func `however large an archive is, no more than one file of it is held`() async throws {
        let depot = Depot()
        let archive = try archive(depot, files: 500)
        try await archive.body(0..<archive.size).write(Taker(depot: depot))
        #expect(depot.taken == archive.size && archive.size > 500 * Depot.size)
        #expect(depot.mostAhead <= Depot.size)
    }

    @Test func `where its pieces go meanwhile it is cut short, and not filled up with anything`() async throws {
        let depot = Depot()
        depot.lose()
        let archive = try archive(depot, files: 5)
        await #expect(throws: Failure.self) { try await archive.body(0..<archive.size).write(Taker(depot: depot)) }
        #expect(depot.taken < 4 * Depot.size)
    }
}
