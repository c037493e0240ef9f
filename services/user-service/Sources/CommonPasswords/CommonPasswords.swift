/// Passwords of at least eight characters that guessers try first (`Resources/common-passwords.md` says whose list it is).
///
/// The list is part of the program, as it stands in the file: sorted lines, searched in place. Nothing is read or built at the start.
public enum CommonPasswords {
    /// - Parameter password: in lower case, as the list is.
    public static func contains(_ password: String) -> Bool {
        let wanted = Array(password.utf8)
        guard !wanted.contains(lineFeed) else { return false }
        var lines = list[...]
        while !lines.isEmpty {
            let line = middleLine(of: lines)
            if line.elementsEqual(wanted) { return true }
            lines = line.lexicographicallyPrecedes(wanted) ? lines[(line.endIndex + 1)...] : lines[..<line.startIndex]
        }
        return false
    }

    /// All lines, each ending with a line feed, in the order of their octets.
    static var list: [UInt8] { PackageResources.common_passwords_txt }

    private static let lineFeed = UInt8(ascii: "\n")

    /// The line, without its end, that holds the octet in the middle of whole lines.
    private static func middleLine(of lines: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let middle = lines.startIndex + lines.count / 2
        let start = lines[..<middle].lastIndex(of: lineFeed).map { $0 + 1 } ?? lines.startIndex
        let end = lines[middle...].firstIndex(of: lineFeed) ?? lines.endIndex
        return lines[start..<end]
    }
}
