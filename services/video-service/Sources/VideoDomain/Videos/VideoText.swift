public import DomainKit
import Foundation

/// What a video is called: a name of at most 200 characters.
public struct Title: Sendable, Hashable {
    static let rule = NameRule(longest: 200)
    public let text: String

    public init(_ text: String) throws(Violation) {
        self.text = try Self.rule.checked(text)
    }

    /// A title read back: what was taken once stays what it is, whatever the rule is by now.
    public init(stored text: String) {
        self.text = text
    }

    /// What a video is called that its owner gave no title: the file's name without its ending, bent to the rule.
    public init(from filename: Filename?) {
        text = filename.flatMap { Self.rule.bent($0.stem) } ?? "Untitled"
    }
}

/// What its owner says about it: at most 5,000 characters, may have several lines.
public struct Description: Sendable, Hashable {
    public static let none = Description(stored: "")
    public static let longest = 5_000
    public let text: String

    public init(_ text: String) throws(Violation) {
        guard text.unicodeScalars.count <= Self.longest else {
            throw Violation(code: "too-long", detail: "must have at most \(Self.longest) characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.isControl && $0 != "\n" && $0 != "\r" && $0 != "\t" }) else {
            throw Violation(code: "bad-character", detail: "must not contain control characters")
        }
        self.text = text
    }

    public init(stored text: String) {
        self.text = text
    }
}

/// At most 20 words or short phrases, each once, in the form they are searched by.
public struct Tags: Sendable, Hashable {
    public static let none = Tags(stored: [])
    static let rule = NameRule(longest: 40)
    static let longestInput = 1_000
    public let texts: [String]

    /// Folds first and measures then, as folding makes some texts many times longer.
    ///
    /// `pointer`s of violations name the tag's place: `/3`.
    public init(_ texts: [String]) throws(Violation) {
        guard texts.count <= 20 else {
            throw Violation(code: "too-many", detail: "must have at most 20 items")
        }
        var folded: [String] = []
        for (index, text) in texts.enumerated() {
            do throws(Violation) {
                let tag = try Self.folded(text)
                if !folded.contains(tag) { folded.append(tag) }
            } catch {
                throw error.at("/\(index)")
            }
        }
        self.init(stored: folded)
    }

    public init(stored texts: [String]) {
        self.texts = texts
    }

    private static func folded(_ text: String) throws(Violation) -> String {
        // Bytes first: folding a megabyte is work a caller could make us do.
        guard text.utf8.count <= longestInput else {
            throw Violation(code: "too-long", detail: "must have at most \(rule.longest) characters")
        }
        return try rule.checked(foldedForSearch(text))
    }
}

/// A name of a file, without any directory: 1 to 255 bytes, as file systems count.
public struct Filename: Sendable, Hashable {
    public let text: String

    /// Looks at bytes and scalars, never at characters: a mark that combines with a slash does not make it another one.
    public init(_ text: String) throws(Violation) {
        guard !text.isEmpty else { throw Violation(code: "too-short", detail: "must not be empty") }
        guard text.utf8.count <= 255 else { throw Violation(code: "too-long", detail: "must have at most 255 bytes") }
        let isPath = text.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        guard !isPath, text != ".", text != ".." else {
            throw Violation(code: "bad-character", detail: "must be a file's name without directories")
        }
        guard !text.unicodeScalars.contains(where: \.isControl) else {
            throw Violation(code: "bad-character", detail: "must not contain control characters")
        }
        self.text = text
    }

    public init(stored text: String) {
        self.text = text
    }

    /// The name without its ending; a dot it begins with begins no ending.
    var stem: String {
        guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")), dot != text.startIndex else { return text }
        return String(text.unicodeScalars[..<dot])
    }
}

/// `type/subtype` of RFC 9110 §8.3.1, in lower case, without parameters.
public struct ContentType: Sendable, Hashable {
    public static let unknown = ContentType(stored: "application/octet-stream")
    public let text: String

    public init(_ text: String) throws(Violation) {
        let bare = text.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        let parts = bare.split(separator: "/", omittingEmptySubsequences: false)
        guard bare.utf8.count <= 100, parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isToken) })
        else {
            throw Violation(code: "bad-format", detail: "must be a media type such as video/mp4")
        }
        self.text = bare
    }

    public init(stored text: String) {
        self.text = text
    }
}

private func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}

extension Unicode.Scalar {
    /// Control characters; NUL is one, which PostgreSQL would not store.
    var isControl: Bool { properties.generalCategory == .control }
}
