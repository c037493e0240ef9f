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

    /// Cut short where the account is erased, or the export's time is over, while it is being sent.
    func body(_ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { [self] writer in
            for piece in layout.pieces(in: range) {
                switch piece {
                case .bytes(let bytes): try await writer.write(ByteBuffer(bytes: bytes))
                case .content(let index, let part):
                    guard let bytes = try await store.content(of: files[index], in: id, range: part),
                        bytes.count == part.count
                    else { throw Failure.exportNotFound }
                    try await writer.write(ByteBuffer(bytes: bytes))
                }
            }
            try await writer.finish(nil)
        }
    }
}
