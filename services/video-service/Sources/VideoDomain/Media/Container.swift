/// The kinds of files that hold films, told apart by their first bytes.
public enum Container: Sendable, Hashable {
    /// ISO base media (ISO/IEC 14496-12).
    case mp4
    /// QuickTime, of which that was made.
    case quickTime
    /// Matroska (RFC 9559).
    case matroska
    /// WebM, a part of that.
    case webM

    /// How many of a file's first bytes are enough to tell.
    public static let longestBeginning = 1_024

    /// Nil for bytes that no film begins with.
    public init?(_ beginning: [UInt8]) {
        guard let container = Self.ofBoxes(beginning) ?? Self.ofElements(beginning) else { return nil }
        self = container
    }

    /// What files of it are sent as when nobody said more.
    public var contentType: ContentType {
        switch self {
        case .mp4: ContentType(stored: "video/mp4")
        case .quickTime: ContentType(stored: "video/quicktime")
        case .matroska: ContentType(stored: "video/x-matroska")
        case .webM: ContentType(stored: "video/webm")
        }
    }

    /// Whether a file of it may be said to be of `type`. Of either family it may be either: phones write QuickTime and say MP4, and
    /// players look for themselves.
    public func isTold(by type: ContentType) -> Bool {
        switch self {
        case .mp4, .quickTime:
            [
                "video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp", "video/3gpp2", "application/mp4",
                "audio/mp4",
                "audio/x-m4a",
            ].contains(type.text)
        case .matroska, .webM:
            ["video/webm", "video/x-matroska", "video/matroska", "audio/webm", "audio/x-matroska"].contains(type.text)
        }
    }
}

extension Container {
    /// Pictures are in the same boxes as films (ISO/IEC 23008-12).
    private static let pictures: Set = ["heic", "heix", "heim", "heis", "mif1", "avif", "avis", "crx "]
    /// What QuickTime files from before there was `ftyp` begin with.
    private static let former: Set = ["moov", "mdat", "wide", "free", "skip", "pnot"]

    /// The length of the first box, in four bytes, and what it is, in four (ISO/IEC 14496-12 §4.2); of `ftyp` the brand is next.
    private static func ofBoxes(_ bytes: [UInt8]) -> Container? {
        guard bytes.count >= 12 else { return nil }
        let length = bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        // 0 is up to the end, 1 says that eight bytes of length follow.
        guard length >= 8 || length < 2 else { return nil }
        let kind = String(decoding: bytes[4..<8], as: UTF8.self)
        guard kind == "ftyp" else { return former.contains(kind) ? .quickTime : nil }
        guard length >= 16 else { return nil }
        let brand = String(decoding: bytes[8..<12], as: UTF8.self)
        return pictures.contains(brand) ? nil : brand == "qt  " ? .quickTime : .mp4
    }

    /// An EBML header and the document type in it (RFC 8794 §11.2).
    private static func ofElements(_ bytes: [UInt8]) -> Container? {
        var reader = ElementReader(bytes[...])
        guard reader.id() == 0x1A45_DFA3, let length = reader.length() else { return nil }
        var header = ElementReader(reader.rest.prefix(length))
        while let id = header.id(), let length = header.length(), length <= header.rest.count {
            let value = header.take(length)
            guard id == 0x4282 else { continue }
            // Text may be filled up with zeros.
            switch String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) {
            case "webm": return .webM
            case "matroska": return .matroska
            default: return nil
            }
        }
        return nil
    }
}

/// Reads EBML elements; never beyond what is there.
private struct ElementReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// As it is written, with its marker (RFC 8794 §5): one to four bytes.
    mutating func id() -> UInt32? {
        guard let first = rest.first, first.leadingZeroBitCount < 4 else { return nil }
        let width = first.leadingZeroBitCount + 1
        guard rest.count >= width else { return nil }
        return take(width).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Without its marker (RFC 8794 §4): one to eight bytes. Nil where it is not known, or more than a header can have.
    mutating func length() -> Int? {
        guard let first = rest.first, first != 0 else { return nil }
        let width = first.leadingZeroBitCount + 1
        guard rest.count >= width else { return nil }
        let marked = take(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let length = marked & (UInt64(1) << (7 * UInt64(width)) - 1)
        return length <= UInt64(Container.longestBeginning) ? Int(length) : nil
    }
}
