internal import CQREncode
internal import Glibc

/// A QR code (ISO/IEC 18004) of any of the forty versions: a square of dark and light modules.
///
/// Made by libqrencode, in byte mode, in the smallest version that holds the text; the mask is the one with the least
/// penalty. Text beyond ASCII says by an extended channel interpretation (26) that it is UTF-8; readers need no luck.
public struct QRCode: Sendable, Hashable {
    /// How much of the picture may be lost.
    public enum Correction: Sendable, CaseIterable {
        /// 7 %: up to 2,953 bytes of ASCII.
        case low
        /// 15 %: up to 2,331 bytes of ASCII.
        case medium
        /// 25 %: up to 1,663 bytes of ASCII.
        case quartile
        /// 30 %: up to 1,273 bytes of ASCII.
        case high
    }

    /// Why a text has no picture.
    public enum Refusal: Error, Hashable {
        /// There is nothing to read.
        case empty
        /// More than the largest version holds at this level of correction.
        case tooLong
        /// No memory was left.
        case failed
    }

    /// 1 to 40.
    public let version: Int
    /// How many modules are in a row, and how many rows there are: 21 to 177.
    public let size: Int
    private let dark: [Bool]

    public init(_ text: String, correction: Correction = .medium) throws(Refusal) {
        guard !text.isEmpty else { throw .empty }
        // No version holds more, and the library counts in C's int.
        guard text.utf8.count <= 2_953 else { throw .tooLong }
        let code = try Self.encoded(Array(text.utf8), correction.level)
        defer { QRcode_free(code) }
        version = Int(code.pointee.version)
        size = Int(code.pointee.width)
        // The lowest bit is the colour, the others say what the module is for.
        dark = UnsafeBufferPointer(start: code.pointee.data, count: size * size).map { $0 & 1 == 1 }
    }

    /// Whether a module is dark. From the upper left corner.
    public func isDark(row: Int, column: Int) -> Bool {
        precondition(0..<size ~= row && 0..<size ~= column, "outside the code")
        return dark[row * size + column]
    }

    private static func encoded(
        _ bytes: [UInt8], _ level: QRecLevel
    ) throws(Refusal) -> UnsafeMutablePointer<CQREncode.QRcode> {
        guard let input = QRinput_new2(0, level) else { throw .failed }
        defer { QRinput_free(input) }
        let isASCII = bytes.allSatisfy { $0 < 0x80 }
        guard isASCII || QRinput_appendECIheader(input, 26) == 0,
            QRinput_append(input, QR_MODE_8, Int32(bytes.count), bytes) == 0
        else { throw .failed }
        guard let code = QRcode_encodeInput(input) else { throw errno == ERANGE ? .tooLong : .failed }
        return code
    }
}

extension QRCode.Correction {
    fileprivate var level: QRecLevel {
        switch self {
        case .low: QR_ECLEVEL_L
        case .medium: QR_ECLEVEL_M
        case .quartile: QR_ECLEVEL_Q
        case .high: QR_ECLEVEL_H
        }
    }
}
