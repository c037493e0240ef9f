/// Where a value stands in its document, written as RFC 6901 only when something is wrong with it.
public struct JSONPath: Sendable {
    private indirect enum Step: Sendable {
        case root
        case member(String, Step)
        case element(Int, Step)
    }

    private let last: Step

    public static let root = JSONPath(last: .root)

    private init(last: Step) {
        self.last = last
    }

    public func member(_ name: String) -> JSONPath { JSONPath(last: .member(name, last)) }

    public func element(_ index: Int) -> JSONPath { JSONPath(last: .element(index, last)) }

    /// `/parts/3/etag`; a member's `~` and `/` are escaped (§3). Names of callers are cut at 64 characters.
    public var pointer: String {
        var parts: [String] = []
        var step = last
        while true {
            switch step {
            case .root: return parts.reversed().joined()
            case .member(let name, let parent):
                let scalars = name.unicodeScalars
                let shown = scalars.count > 64 ? String(scalars.prefix(64)) + "..." : name
                let escaped = shown.replacing("~", with: "~0").replacing("/", with: "~1")
                parts.append("/\(escaped)")
                step = parent
            case .element(let index, let parent):
                parts.append("/\(index)")
                step = parent
            }
        }
    }
}
