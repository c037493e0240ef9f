public import DomainKit
import Foundation

/// What a video is called: one line of 1 to 200 characters.
public struct Title: Sendable, Hashable {
    public let text: String

    public init(_ text: String) throws(Violation) {
        self.text = try line(text, 1...200)
    }
}

/// What its owner says about it: at most 5,000 characters, may have several lines.
public struct Description: Sendable, Hashable {
    public static let none = Description(known: "")
    public let text: String

    public init(_ text: String) throws(Violation) {
        guard text.utf8.count <= 40_000, text.count <= 5_000 else {
            throw Violation(code: "too-long", detail: "must have at most 5000 characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.isForbidden && $0 != "\n" && $0 != "\r" && $0 != "\t" }) else {
            throw Violation(code: "bad-character", detail: "must not contain control characters")
        }
        self.text = text
    }

    private init(known text: String) {
        self.text = text
    }
}

/// At most 20 words or short phrases, each once, in the form they are searched by.
public struct Tags: Sendable, Hashable {
    public static let none = Tags(folded: [])
    public let texts: [String]

    /// `pointer`s of violations name the tag's place: `/3`.
    public init(_ texts: [String]) throws(Violation) {
        guard texts.count <= 20 else {
            throw Violation(code: "too-many", detail: "must have at most 20 items")
        }
        var folded: [String] = []
        for (index, text) in texts.enumerated() {
            do throws(Violation) {
                let tag = foldedForSearch(try line(text, 1...40))
                if !folded.contains(tag) { folded.append(tag) }
            } catch {
                throw error.at("/\(index)")
            }
        }
        self.init(folded: folded)
    }

    private init(folded: [String]) {
        texts = folded
    }
}

/// A name of a file, without any directory.
public struct Filename: Sendable, Hashable {
    public let text: String

    public init(_ text: String) throws(Violation) {
        let name = try line(text, 1...255)
        guard !name.contains("/"), !name.contains("\\") else {
            throw Violation(code: "bad-character", detail: "must be a file's name without directories")
        }
        self.text = name
    }
}

/// `type/subtype` of RFC 9110 §8.3.1, in lower case, without parameters.
public struct ContentType: Sendable, Hashable {
    public static let unknown = ContentType(known: "application/octet-stream")
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

    private init(known text: String) {
        self.text = text
    }
}

/// How text is compared in a search: compatibility forms, widths and cases fold together, so `ＳＵＭＭＥＲ` finds `Summer`
/// and `ﾅﾂ` finds `ナツ`.
public func foldedForSearch(_ text: String) -> String {
    text.precomposedStringWithCompatibilityMapping.lowercased()
}

private func line(_ text: String, _ length: ClosedRange<Int>) throws(Violation) -> String {
    // Bytes first: counting the characters of a megabyte is work an attacker would have us do.
    guard text.utf8.count <= length.upperBound * 16 else {
        throw Violation(code: "too-long", detail: "must have at most \(length.upperBound) characters")
    }
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard trimmed.count >= length.lowerBound else {
        throw Violation(code: "too-short", detail: "must not be empty")
    }
    guard trimmed.count <= length.upperBound else {
        throw Violation(code: "too-long", detail: "must have at most \(length.upperBound) characters")
    }
    guard !trimmed.unicodeScalars.contains(where: \.isForbidden) else {
        throw Violation(code: "bad-character", detail: "must not contain control characters")
    }
    return trimmed
}

private func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}

extension Unicode.Scalar {
    /// Control characters; NUL is one, which PostgreSQL would not store.
    fileprivate var isForbidden: Bool { properties.generalCategory == .control }
}
