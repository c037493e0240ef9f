/// The text exposition format 0.0.4.
struct PrometheusText {
    private(set) var content = ""

    mutating func type(_ name: String, _ kind: String) {
        content += "# TYPE \(name) \(kind)\n"
    }

    /// `labels` is empty or `{...}`.
    mutating func sample(_ name: String, _ labels: String, _ value: some CustomStringConvertible) {
        content += "\(name)\(labels) \(value)\n"
    }

    /// Anything outside `[a-zA-Z0-9_:]` becomes an underscore.
    static func name(_ label: String) -> String {
        var name = String(
            label.map { character in
                character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == ":")
                    ? character : "_"
            })
        if name.first?.isNumber ?? true { name = "_" + name }
        return name
    }

    /// `{a="1",b="2"}` in the order given; empty without dimensions.
    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let parts = dimensions.map { key, value in "\(name(key))=\"\(escaped(value))\"" }
        return "{" + parts.joined(separator: ",") + "}"
    }

    /// `labels` with one more, for the buckets of a histogram.
    static func labels(_ labels: String, adding key: String, _ value: String) -> String {
        let own = "\(key)=\"\(value)\"}"
        return labels.isEmpty ? "{" + own : labels.dropLast() + "," + own
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") || $0 == 0x0a }) else {
            return value
        }
        return value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
