/// The binary form of `numeric`: digits in base 10,000 and where the point stands.
struct PostgresNumeric: CustomStringConvertible {
    let description: String

    /// Nil for malformed bytes, NaN and the infinities.
    init?(_ reader: inout PostgresReader) {
        guard let count = reader.int16(), let weight = reader.int16(), let sign = reader.integer(UInt16.self),
            let scale = reader.int16(), sign == 0x0000 || sign == 0x4000, count >= 0, scale >= 0
        else { return nil }
        var groups: [Int16] = []
        for _ in 0..<count {
            guard let group = reader.int16(), (0...9_999).contains(group) else { return nil }
            groups.append(group)
        }
        func digits(_ place: Int) -> String {
            let index = Int(weight) - place
            let group = groups.indices.contains(index) ? String(groups[index]) : "0"
            return String(repeating: "0", count: 4 - group.count) + group
        }
        let whole = weight < 0 ? "0" : (0...Int(weight)).reversed().map(digits).joined().trimmingLeadingZeros
        let places = (Int(scale) + 3) / 4
        let fraction = (0..<places).map { digits(-1 - $0) }.joined().prefix(Int(scale))
        description = (sign == 0x4000 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }
}

extension String {
    fileprivate var trimmingLeadingZeros: String {
        let rest = drop { $0 == "0" }
        return rest.isEmpty ? "0" : String(rest)
    }
}
