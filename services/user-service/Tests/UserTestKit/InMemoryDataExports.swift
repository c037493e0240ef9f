public import DomainKit
public import Foundation
public import IdentityEvents
import Synchronization
public import UserDomain

/// Exports in memory, of whoever asks.
public final class InMemoryDataExports: DataExportStore {
    private struct Row {
        let user: UserID
        var export: DataExport
        var files: [(file: DataExportFile, piece: ExportPiece)] = []
    }

    private let rows = Mutex<[Row]>([])
    private let clock: any WallClock

    public init(clock: any WallClock = SystemWallClock()) {
        self.clock = clock
    }

    /// Lets all that are running fail.
    public func fail(_ reason: DataExport.Reason) {
        rows.withLock { rows in
            for index in rows.indices where rows[index].export.state == .running {
                let former = rows[index].export
                rows[index].export = DataExport(
                    id: former.id, state: .failed, reason: reason, createdAt: former.createdAt,
                    expiresAt: former.expiresAt)
            }
        }
    }

    public func begin(
        _ id: DataExportID, of user: UserID, in session: SessionID?, on device: Device
    ) async throws -> DataExport? {
        rows.withLock { [now = clock.now] rows in
            let recent = rows.last { $0.user == user && $0.export.createdAt.addingTimeInterval(86_400) > now }
            if let recent { return recent.export }
            let export = DataExport(id: id, state: .running, createdAt: now, expiresAt: now.addingTimeInterval(604_800))
            rows.removeAll { $0.user == user }
            rows.append(Row(user: user, export: export))
            return export
        }
    }

    public func export(_ id: DataExportID, of user: UserID) async throws -> DataExport? {
        rows.withLock { [now = clock.now] rows in
            rows.first { $0.export.id == id && $0.user == user && $0.export.expiresAt > now }?.export
        }
    }

    public func tasks(of service: String) async throws -> [ExportTask] {
        rows.withLock { rows in
            rows.filter { $0.export.state == .running }.compactMap { row in
                let own = row.files.filter { $0.file.service == service }
                if let last = own.last, last.piece.place == nil { return nil }
                return ExportTask(
                    id: row.export.id.uuid, userID: row.user.uuid, next: own.count, place: own.last?.piece.place)
            }
        }
    }

    public func take(_ piece: ExportPiece, number: Int, of id: DataExportID, from service: String) async throws {
        try rows.withLock { rows in
            guard let index = rows.firstIndex(where: { $0.export.id == id && $0.export.state == .running }) else {
                throw Failure.exportNotFound
            }
            let own = rows[index].files.filter { $0.file.service == service }
            guard own.count == number, own.last.map({ $0.piece.place != nil }) ?? true else { return }
            let file = DataExportFile(
                service: service, number: number, kind: piece.kind, checksum: Checksum.crc32(piece.content),
                size: piece.content.count)
            rows[index].files.append((file, piece))
            let done = Set(rows[index].files.filter { $0.piece.place == nil }.map(\.file.service))
            guard DataExport.services.isSubset(of: done) else { return }
            let former = rows[index].export
            rows[index].export = DataExport(
                id: former.id, state: .ready, createdAt: former.createdAt, expiresAt: former.expiresAt)
            rows[index].files.sort { ($0.file.service, $0.file.number) < ($1.file.service, $1.file.number) }
        }
    }

    public func files(of id: DataExportID, of user: UserID) async throws -> [DataExportFile]? {
        rows.withLock { rows in
            rows.first { $0.export.id == id && $0.user == user && $0.export.state == .ready }?.files.map(\.file)
        }
    }

    public func content(of file: DataExportFile, in id: DataExportID, range: Range<Int>) async throws -> Data? {
        rows.withLock { rows in
            rows.first { $0.export.id == id }?.files.first { $0.file == file }.map { Data($0.piece.content[range]) }
        }
    }
}
