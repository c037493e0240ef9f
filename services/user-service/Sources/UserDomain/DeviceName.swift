/// What people call a device, read from its `User-Agent` (RFC 9110 §10.1.5): the program, and what it runs on.
///
/// The words are ours, but for a program that is not known: that is called as it calls itself, by ASCII letters and digits
/// alone, so that nobody's device can look like a line of ours.
public struct DeviceName: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// In this order: most programs name those before them as well.
    private static let programs = [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
    ]
    private static let systems = [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
        ("Mac OS X", "macOS"), ("Macintosh", "macOS"), ("Darwin", "macOS"), ("Linux", "Linux"),
    ]

    public init?(_ userAgent: String) {
        let system = Self.systems.first { userAgent.contains($0.0) }?.1
        let program = Self.programs.first { userAgent.contains($0.0) }?.1 ?? Self.ownName(userAgent)
        guard let program else {
            guard let system else { return nil }
            description = system
            return
        }
        description = system.map { "\(program) on \($0)" } ?? program
    }

    /// The first product's name. `Mozilla` is everybody's.
    private static func ownName(_ userAgent: String) -> String? {
        let product = userAgent.prefix { $0 != "/" && $0 != " " }
        let name = product.prefix(40).filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        return name.isEmpty || name == "Mozilla" ? nil : name
    }
}
