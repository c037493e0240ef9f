/// Bytes that begin as a film does, since others never become one.
enum Film {
    /// A whole one, as far as anybody looks: an `ftyp` box (ISO/IEC 14496-12 §4.3).
    static let short: [UInt8] =
        [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8)

    /// `bytes` with the beginning of a film in the place of theirs.
    static func beginning(_ bytes: [UInt8]) -> [UInt8] { short + bytes.dropFirst(short.count) }
}
