/// A histogram of nanoseconds: 64 steps to every power of two, so that a value is known to 1.6 %.
struct Latencies {
    private static let stepBits = 6
    private var counts = [Int](repeating: 0, count: 64 << Latencies.stepBits)
    private(set) var count = 0
    private var longest: Int64 = 0

    mutating func add(_ nanoseconds: Int64) {
        counts[Self.bin(UInt64(max(1, nanoseconds)))] += 1
        count += 1
        longest = max(longest, nanoseconds)
    }

    /// In milliseconds.
    var worst: Double { Double(longest) / 1e6 }

    /// The value that `share` of all are not above, in milliseconds.
    func quantile(_ share: Double) -> Double {
        let rank = Int((Double(count) * share).rounded(.up))
        var seen = 0
        for (bin, number) in counts.enumerated() where number > 0 {
            seen += number
            if seen >= rank { return Self.middle(of: bin) / 1e6 }
        }
        return 0
    }

    private static func bin(_ value: UInt64) -> Int {
        let power = 63 - value.leadingZeroBitCount
        let step = power < stepBits ? value << (stepBits - power) : value >> (power - stepBits)
        return power << stepBits | Int(step) & (1 << stepBits - 1)
    }

    private static func middle(of bin: Int) -> Double {
        let base = Double(UInt64(1) << (bin >> stepBits))
        return base * (1 + (Double(bin & (1 << stepBits - 1)) + 0.5) / Double(1 << stepBits))
    }
}
