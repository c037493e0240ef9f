import Crypto
import Foundation

/// Bytes that begin as a film does, since others never become one.
enum Film {
    /// A whole one, as far as anybody looks: an `ftyp` box (ISO/IEC 14496-12 §4.3).
    static let short: [UInt8] =
        [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8)

    /// `bytes` with the beginning of a film in the place of theirs.
    static func beginning(_ bytes: [UInt8]) -> [UInt8] { short + bytes.dropFirst(short.count) }

    /// One of `count` bytes that no other film has.
    static func unlike(count: Int) throws -> [UInt8] {
        let noise = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
        return beginning(Array(try noise.read(upToCount: count) ?? Data()))
    }
}

/// A film on the disk, of a size that nobody holds in memory.
struct FilmFile {
    let url: URL
    let size: Int
    let digest: SHA256Digest

    /// The caller removes it.
    static func make(size: Int) throws -> FilmFile {
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).mp4")
        try Data().write(to: url)
        let (file, noise) = (
            try FileHandle(forWritingTo: url), try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
        )
        var hash = SHA256()
        var left = size
        var piece = Data(Film.short)
        while left > 0 {
            try file.write(contentsOf: piece)
            hash.update(data: piece)
            left -= piece.count
            piece = try noise.read(upToCount: min(left, 1 << 20)) ?? Data()
        }
        try file.close()
        return FilmFile(url: url, size: size, digest: hash.finalize())
    }
}
