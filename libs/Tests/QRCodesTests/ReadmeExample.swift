import QRCodes

// The page in Sources/QRCodes/README.md, from the next line to the end.
/// A card to hang on a door: the address, and the same for a telephone. Damage is likely there, so the correction is high.
func doorCard(_ address: String) throws(QRCode.Refusal) -> String {
    let code = try QRCode(address, correction: .high)
    return "<figure>\(code.svg(title: "Code of \(address)"))</figure>"
}

/// The same for a terminal: two modules in one character.
func terminal(_ text: String) throws(QRCode.Refusal) -> String {
    let code = try QRCode(text, correction: .low)
    return stride(from: 0, to: code.size, by: 2).map { row in
        (0..<code.size).map { column in
            let lower = row + 1 < code.size && code.isDark(row: row + 1, column: column)
            return code.isDark(row: row, column: column) ? (lower ? "█" : "▀") : (lower ? "▄" : " ")
        }.joined()
    }.joined(separator: "\n")
}
