import DomainKit
import Foundation
import IdentityEvents
import UserDomain

/// The exports that wait for this service's own part, without a call.
struct OwnDataExports: DataExportFeed {
    let store: any DataExportStore

    func exports() async throws -> [ExportTask] { try await store.tasks(of: DataExport.ownService) }

    func give(_ piece: ExportPiece, number: Int, to export: UUID) async throws {
        try await store.take(piece, number: number, of: DataExportID(export), from: DataExport.ownService)
    }
}
