import Foundation

extension EdgeContext {
    /// Who counts as one before sign-in: the address in IPv4, its first 64 bits in IPv6, where whoever has one address
    /// has 2^64 of them.
    public var clientNetwork: String { ClientNetwork.name(of: clientAddress) }
}

enum ClientNetwork {
    /// An IPv4 address that comes as an IPv6 one is that; what is no address is left as it is.
    static func name(of address: String) -> String {
        guard address.utf8.contains(UInt8(ascii: ":")) else { return address }
        let bare = address.prefix { $0 != "%" }  // the zone of a link-local address
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, String(bare), &bytes) == 1 else { return address }
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
            return bytes[12...].map(String.init).joined(separator: ".")
        }
        let groups = stride(from: 0, to: 8, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "::/64"
    }
}
