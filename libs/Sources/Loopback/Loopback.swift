/// Names of this machine to itself: who is asked there is asked without a network between.
public enum Loopback {
    /// Whether `host`, as it stands in a URL, is `localhost`, `::1` with or without brackets, or an address of
    /// 127.0.0.0/8 as four decimal numbers.
    public static func contains(_ host: some StringProtocol) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name == "::1" || name == "[::1]" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                part.utf8.count <= 3 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
            }
    }
}
