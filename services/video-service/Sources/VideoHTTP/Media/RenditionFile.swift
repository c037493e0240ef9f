/// The files of renditions, as their addresses name them.
public enum RenditionFile {
    /// What a name ends with, and what such files are sent as. Nil for a name that none has.
    public static func contentType(of name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, name.utf8.count <= 40,
            parts[0].utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else { return nil }
        switch parts[1] {
        case "m3u8": return "application/vnd.apple.mpegurl"
        case "mp4": return "video/mp4"
        case "vtt": return "text/vtt"
        case "jpg": return "image/jpeg"
        default: return nil
        }
    }

    /// Whether it names others beside it: it has to come from where they are.
    public static func isText(_ name: String) -> Bool { name.hasSuffix(".m3u8") || name.hasSuffix(".vtt") }
}
