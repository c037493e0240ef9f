/// Writes header fields, folded where that keeps a line within 76 characters (RFC 5322 §2.1.1 asks for 78, RFC 2047 §2 for 76 of lines with
/// encoded words). A line is longer only where one word is.
struct HeaderWriter {
    static let longestLine = 76
    /// Of a word that travels as it is; with the longest name a line stays below 998.
    static let longestWord = 900

    private(set) var bytes: [UInt8] = []
    private var column = 0
    private var nameLength = 0

    /// Begins a field. Its words follow, then `end`.
    mutating func begin(_ name: String) {
        put("\(name):")
        nameLength = column
    }

    /// Appends a word after a space, which becomes a fold where the line would be too long. `word` is ASCII, but for an
    /// address that has to be UTF-8.
    mutating func word(_ word: String) {
        // A first word that is too long for any line stays beside the name: some readers keep the space after a fold there.
        let isFirst = column == nameLength
        if column + 1 + word.utf8.count > Self.longestLine && !(isFirst && word.utf8.count >= Self.longestLine) {
            fold()
        }
        put(" " + word)
    }

    /// How many characters the next word may have on this line.
    var room: Int { Self.longestLine - column - 1 }

    /// Ends the line, once: a line of white space alone would end the header for some (RFC 5322 §4.2).
    mutating func fold() {
        if column > 0 { end() }
    }

    mutating func end() {
        bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        column = 0
    }

    /// A whole field of words that are folded between and not encoded.
    mutating func field(_ name: String, words: [String]) {
        begin(name)
        for word in words { self.word(word) }
        end()
    }

    /// A field of text: as it is where every reader reads it so, else as encoded words. `longestWord` is how long a word
    /// may be that travels as it is.
    mutating func field(_ name: String, text: String, longestWord: Int) {
        begin(name)
        if EncodedWords.isPlain(text, longestWord: longestWord) {
            for word in text.split(separator: " ") { self.word(String(word)) }
        } else {
            EncodedWords.write(text, to: &self)
        }
        end()
    }

    /// A field of addresses.
    mutating func field(_ name: String, addresses: [MailAddress]) {
        begin(name)
        for (index, address) in addresses.enumerated() {
            let comma = index < addresses.count - 1 ? "," : ""
            guard let shown = address.name else {
                word(address.wire + comma)
                continue
            }
            phrase(shown)
            word("<\(address.wire)>\(comma)")
        }
        end()
    }

    /// A name before an address (RFC 5322 §3.2.5 `phrase`).
    private mutating func phrase(_ name: String) {
        guard EncodedWords.isPlain(name, longestWord: 60), name.utf8.count <= 60 else {
            return EncodedWords.write(name, to: &self)
        }
        if name.unicodeScalars.allSatisfy({ $0.isAtomText || $0 == " " }) {
            for atom in name.split(separator: " ") { word(String(atom)) }
        } else {
            word("\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"")
        }
    }

    private mutating func put(_ text: String) {
        bytes += Array(text.utf8)
        column += text.utf8.count
    }
}
