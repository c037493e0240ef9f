/// Everything that is wrong with a text of quotas, each finding a sentence without its subject: `must ...`.
public struct TierQuotasError: Error, Sendable, Hashable, CustomStringConvertible {
    public let findings: [String]

    public var description: String { findings.joined(separator: "; ") }
}

extension TierQuotas {
    /// Reads a tier a line, or with `;` between them: `free rooms=20 sockets=10; member rooms=200 sockets=30`.
    ///
    /// Each tier says all of `Name` once, and `free` must be one. Amounts are whole numbers up to `largest`, those of bytes
    /// with KiB, MiB, GiB or TiB behind them if wanted. Nothing is passed over. Fails: with all that is wrong.
    public init(_ text: String) throws(TierQuotasError) {
        var reading = Reading()
        for line in text.split(whereSeparator: { $0.isNewline || $0 == ";" }) {
            let words = line.split(whereSeparator: \.isWhitespace)
            if let tier = words.first { reading.take(tier: String(tier), words.dropFirst()) }
        }
        if reading.limits[Self.freeTier] == nil {
            reading.findings.append("must have the tier free, which counts for every tier that is not there")
        }
        guard reading.findings.isEmpty else { throw TierQuotasError(findings: reading.findings) }
        self.init(limits: reading.limits)
    }

    private struct Reading {
        var limits: [String: [Name: Int64]] = [:]
        var findings: [String] = []

        mutating func take(tier: String, _ words: some Sequence<Substring>) {
            guard TierQuotas.isTier(tier) else {
                return findings.append(
                    "must begin each tier with its name, 1 to 64 of a-z 0-9 - and _, and not with \"\(tier)\"")
            }
            if limits[tier] != nil { findings.append("must have the tier \(tier) once") }
            var amounts: [Name: Int64] = [:]
            // Named is what was said, well or badly: one fault is one finding.
            var named: Set<Name> = []
            for word in words {
                guard let (name, amount) = pair(word, of: tier) else { continue }
                if !named.insert(name).inserted { findings.append("must say \(name.rawValue) of \(tier) once") }
                amounts[name] = amount
            }
            for name in Name.allCases where !named.contains(name) {
                findings.append("must say \(name.rawValue) of \(tier)")
            }
            limits[tier] = amounts
        }

        private mutating func pair(_ word: Substring, of tier: String) -> (Name, Int64)? {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard let name = Name(rawValue: String(parts[0])) else {
                let known = Name.allCases.map(\.rawValue).joined(separator: ", ")
                findings.append("must say of \(tier) what is one of \(known), and says \"\(parts[0])\"")
                return nil
            }
            if parts.count == 2, let amount = TierQuotas.amount(parts[1], inBytes: name.isInBytes) {
                return (name, amount)
            }
            let units = name.isInBytes ? " of bytes, KiB, MiB, GiB or TiB" : ""
            findings.append(
                "must say \(name.rawValue)= of \(tier) with a whole number\(units) up to \(TierQuotas.largest) in all, "
                    + "and says \"\(word)\"")
            return (name, 0)
        }
    }

    private static func isTier(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Nil for anything but digits, a unit where one may be, and no more than `largest`.
    private static func amount(_ text: Substring, inBytes: Bool) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
        guard let number = Int64(digits), let unit = unit(text.dropFirst(digits.count), inBytes: inBytes) else {
            return nil
        }
        let (amount, isBeyond) = number.multipliedReportingOverflow(by: unit)
        return !isBeyond && amount <= largest ? amount : nil
    }

    private static func unit(_ text: Substring, inBytes: Bool) -> Int64? {
        switch text {
        case "": 1
        case "KiB" where inBytes: 1 << 10
        case "MiB" where inBytes: 1 << 20
        case "GiB" where inBytes: 1 << 30
        case "TiB" where inBytes: 1 << 40
        default: nil
        }
    }
}
