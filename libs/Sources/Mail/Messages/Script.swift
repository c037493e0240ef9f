/// The writing a letter belongs to, as far as it takes to see two alphabets in one word (UTS #39 §5.2, "highly
/// restrictive"). What is not named here has the 128 code points of its block for a script.
enum Script: Hashable {
    case latin, greek, cyrillic, arabic, georgian, cherokee
    /// Han, kana, Hangul, Bopomofo: they are written together, and with Latin letters.
    case eastAsian
    case other(UInt32)

    /// Whether each word between dots has letters of one alphabet, or of East Asian scripts beside Latin.
    static func areReadable(in text: String) -> Bool {
        text.split(separator: ".").allSatisfy { word in
            let scripts = Set(word.unicodeScalars.compactMap(Script.init))
            return scripts.count <= 1 || scripts == [.latin, .eastAsian]
        }
    }

    /// Nil for digits, marks and signs, which belong to all.
    init?(_ scalar: Unicode.Scalar) {
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber: break
        default: return nil
        }
        let known = Self.ranges.first { $0.ranges.contains { $0.contains(scalar.value) } }
        self = known?.script ?? .other(scalar.value >> 7)
    }

    private static let ranges: [(script: Script, ranges: [ClosedRange<UInt32>])] = [
        (
            .latin,
            [
                0x0000...0x02AF, 0x1D00...0x1D25, 0x1D2C...0x1D5C, 0x1D62...0x1D65, 0x1D6B...0x1DBE, 0x1E00...0x1EFF,
                0x2071...0x2094, 0x2C60...0x2C7F, 0xA720...0xA7FF, 0xAB30...0xAB64,
            ]
        ),
        (.greek, [0x0370...0x03FF, 0x1F00...0x1FFF]),
        (.cyrillic, [0x0400...0x052F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F]),
        (.arabic, [0x0600...0x06FF, 0x0750...0x077F, 0x0870...0x08FF]),
        (.georgian, [0x10A0...0x10FF, 0x1C90...0x1CBF, 0x2D00...0x2D2F]),
        (.cherokee, [0x13A0...0x13FF, 0xAB70...0xABBF]),
        (
            .eastAsian,
            [
                0x1100...0x11FF, 0x2E80...0x33FF, 0x3400...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7FF,
                0xF900...0xFAFF, 0xFF66...0xFFDC, 0x1AFF0...0x1B16F, 0x20000...0x323AF,
            ]
        ),
    ]
}
