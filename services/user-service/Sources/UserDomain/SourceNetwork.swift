import Foundation

/// Roughly where somebody calls from: the first 24 bits of an IPv4 address, the first 48 of an IPv6 one. That is a town or a
/// provider, and not a household.
public struct SourceNetwork: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// Takes an address, or what `description` wrote. Nil for anything else.
    public init?(_ text: String) {
        let address = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)[0]
        guard let network = Self.four(String(address)) ?? Self.six(String(address)) else { return nil }
        description = network
    }

    private static func four(_ address: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4)
        guard inet_pton(AF_INET, address, &bytes) == 1 else { return nil }
        bytes[3] = 0
        return text(AF_INET, bytes).map { "\($0)/24" }
    }

    private static func six(_ address: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return nil }
        let mapped = "::ffff:"
        if let whole = text(AF_INET6, bytes), whole.hasPrefix(mapped), whole.contains(".") {
            return four(String(whole.dropFirst(mapped.count)))
        }
        bytes.replaceSubrange(6..., with: repeatElement(0, count: 10))
        return text(AF_INET6, bytes).map { "\($0)/48" }
    }

    private static func text(_ family: Int32, _ bytes: [UInt8]) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
