import Foundation

/// One measurement: a line of JSON with the figures in the order they were added.
struct Report {
    private var members: [(String, String)] = []

    init(_ scenario: String, target: String) {
        members = [("scenario", Self.quoted(scenario)), ("target", Self.quoted(target))]
    }

    mutating func add(_ name: String, _ value: Int) {
        members.append((name, String(value)))
    }

    mutating func add(_ name: String, _ value: Double, digits: Int = 2) {
        members.append((name, value.isFinite ? String(format: "%.\(digits)f", value) : "null"))
    }

    mutating func add(_ name: String, _ value: String) {
        members.append((name, Self.quoted(value)))
    }

    /// CPU seconds of each group for `scale` of what was counted.
    mutating func add(_ name: String, _ cpu: [(name: String, seconds: Double)], each count: Double, scale: Double) {
        for (group, seconds) in cpu {
            add("\(name)_\(group)", seconds * scale / Swift.max(count, 1))
        }
    }

    func printLine() {
        print("{" + members.map { "\(Self.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}")
    }

    private static func quoted(_ text: String) -> String {
        guard let data = try? JSONEncoder().encode(text) else { return #""""# }
        return String(decoding: data, as: UTF8.self)
    }
}
