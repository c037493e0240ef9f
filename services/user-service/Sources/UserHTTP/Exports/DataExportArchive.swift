import DomainKit
import Foundation
import Hummingbird
import NIOCore
import UserDomain

/// An export as a zip archive that is never put together: each part of it is read when it is sent, a file at a time.
struct DataExportArchive: Sendable {
    private let files: [DataExportFile]
    private let layout: ZipLayout
    private let id: DataExportID
    private let store: any DataExportStore

    var size: Int { layout.size }

    /// Nil for more than an archive holds.
    init?(_ files: [DataExportFile], of id: DataExportID, in store: any DataExportStore) {
        let entries = files.map {
            ZipLayout.File(name: $0.name, checksum: $0.checksum, size: UInt32(clamping: $0.size))
        }
        guard let layout = ZipLayout(entries) else { return nil }
        (self.files, self.layout, self.id, self.store) = (files, layout, id, store)
    }

    /// Cut short where the account is erased, or the export's time is over, while it is being sent; and when `check` fails, which says
    /// that whoever reads may not any more: before the next file, and within a second however long that takes.
    ///
    /// - Parameter close: ends the connection: of a reader who takes nothing it is the only way out.
    func body(
        _ range: Range<Int>, while check: @escaping @Sendable () throws -> Void,
        else close: @escaping @Sendable () -> Void
    ) -> ResponseBody {
        ResponseBody(contentLength: range.count) { [self] writer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.watch(check, else: close) }
                try await send(range, to: &writer, while: check)
                group.cancelAll()
            }
            try await writer.finish(nil)
        }
    }

    private func send(
        _ range: Range<Int>, to writer: inout any ResponseBodyWriter, while check: @Sendable () throws -> Void
    ) async throws {
        for piece in layout.pieces(in: range) {
            try check()
            switch piece {
            case .bytes(let bytes): try await writer.write(ByteBuffer(bytes: bytes))
            case .content(let index, let part):
                guard let bytes = try await store.content(of: files[index], in: id, range: part),
                    bytes.count == part.count
                else { throw Failure.exportNotFound }
                try await writer.write(ByteBuffer(bytes: bytes))
            }
        }
    }

    /// Asks again and again, for readers who take their time: the table of what is void has no list of who waits, and downloads are few.
    private static func watch(_ check: @Sendable () throws -> Void, else close: @Sendable () -> Void) async throws {
        do {
            while true {
                try check()
                try await Task.sleep(for: .milliseconds(200))
            }
        } catch let end as CancellationError {
            throw end
        } catch {
            close()
            throw error
        }
    }
}
