/// What a device says of itself and where it calls from, for its owner to recognise it by; nothing is decided on it.
public struct Device: Sendable, Hashable {
    public let userAgent: String?
    /// Where it calls from, as `SourceNetwork` has it. A whole address is kept nowhere.
    public let network: String?

    /// - Parameter address: whole, or shortened before.
    public init(userAgent: String? = nil, address: String? = nil) {
        self.userAgent = userAgent.map {
            String($0.unicodeScalars.prefix(256).filter { $0.value >= 32 }.map(Character.init))
        }
        network = address.flatMap(SourceNetwork.init)?.description
    }

    /// What people call such a device: `Firefox on Windows`. Nil where it says nothing that could be a name.
    public var name: String? { userAgent.flatMap(DeviceName.init)?.description }
}
