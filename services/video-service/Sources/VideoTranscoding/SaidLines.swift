/// Lines of what a child says, as it says it piece by piece; of a long one the beginning alone.
struct SaidLines {
    private let longest: Int
    private var line: [UInt8] = []

    init(longest: Int) {
        self.longest = longest
    }

    mutating func hear(_ bytes: [UInt8], _ take: (String) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                take(String(decoding: line, as: UTF8.self))
                line.removeAll(keepingCapacity: true)
            } else if line.count < longest {
                line.append(byte)
            }
        }
    }
}
