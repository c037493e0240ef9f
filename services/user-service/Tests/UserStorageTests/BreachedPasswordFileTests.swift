import DomainKit
import Foundation
import Testing
import UserDomain

@testable import UserStorage

@Suite struct BreachedPasswordFileTests {
    private static let upper = Array("0123456789ABCDEF".utf8)

    private func file(_ text: some Sequence<UInt8>) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "breaches-\(UUID().uuidString)").path
        try Data(text).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func file(_ text: String) throws -> String { try file(text.utf8) }

    /// Different ones, sorted.
    private func hashes(_ count: Int) -> [String] {
        var hashes: Set<String> = []
        while hashes.count < count {
            hashes.insert(String(decoding: (0..<40).map { _ in Self.upper[Int.random(in: 0..<16)] }, as: UTF8.self))
        }
        return hashes.sorted()
    }

    /// The next one after it, or before it.
    private func neighbour(of hash: String, by step: Int) -> [UInt8] {
        var digits = Array(hash.utf8)
        for index in digits.indices.reversed() {
            let value = (Self.upper.firstIndex(of: digits[index]) ?? 0) + step
            digits[index] = Self.upper[(value + 16) % 16]
            if (0..<16).contains(value) { break }
        }
        return digits
    }

    @Test(arguments: [1, 2, 3, 5, 100, 5_000], ["\n", "\r\n"])
    func `every line is found, and nothing beside one`(count: Int, lineEnd: String) throws {
        let hashes = hashes(count)
        let lines = hashes.map { "\($0):\(Bool.random() ? Int.random(in: 1...9) : Int.random(in: 1...37_359_195))" }
        for tail in [lineEnd, ""] {
            let path = try file(lines.joined(separator: lineEnd) + tail)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let sorted = try SortedHashFile(path: path)
            for hash in hashes {
                #expect(try sorted.contains(Array(hash.utf8)))
                for step in [-1, 1] {
                    let other = neighbour(of: hash, by: step)
                    #expect(try sorted.contains(other) == hashes.contains(String(decoding: other, as: UTF8.self)))
                }
            }
            for edge in ["0", "F"] { #expect(try !sorted.contains(Array(String(repeating: edge, count: 40).utf8))) }
        }
    }

    /// Two that `sha1sum` has made, in small letters and with no counts.
    @Test func `a password is known by the hash that others know it by`() async throws {
        let path = try file(
            "b042fe85b87c03ba45e45de29d831b9328e5234d\nd3224ec969ab9af621d33ef107b65a828c136f41:3\n")
        let breaches = try BreachedPasswordFile(path: path)
        try FileManager.default.removeItem(atPath: path)
        for password in ["an0ther&one", "c0rrect h0rse"] {
            #expect(try await breaches.contains(Password(password)), "the file is open, whatever its name is now")
        }
        for password in ["an0ther&One", "an0ther&one ", "tr0ub4dor&3"] {
            #expect(try await !breaches.contains(Password(password)))
        }
    }

    @Test func `what is no such file is none, and why is said`() throws {
        let hashes = hashes(3_000)
        let lines = hashes.map { $0 + ":1" }
        let folder = FileManager.default.temporaryDirectory
        let pipe = folder.appending(path: "breaches-\(UUID().uuidString)").path
        #expect(mkfifo(pipe, 0o600) == 0)
        let broken = [
            "\(folder.path)/\(UUID().uuidString)": "cannot be opened: No such file or directory",
            folder.path: "cannot be read: Is a directory", pipe: "cannot be read: Illegal seek",
            try file(""): "is empty",
            try file(lines.shuffled().joined(separator: "\n")): "is not sorted by hash",
            try file((lines.dropLast(1_500) + lines.prefix(1)).joined(separator: "\n")): "is not sorted by hash",
            try file(String(lines.joined(separator: "\n").dropLast(10))): "has no SHA-1 hash",
            try file("\u{FEFF}" + lines.joined(separator: "\n")): "byte 0",
            try file(lines.joined(separator: "\n") + "\n\n"): "has no SHA-1 hash",
            try file(hashes.map { "\($0.prefix(32)):1" }.joined(separator: "\n")): "has no SHA-1 hash",
            try file(hashes.map { "\($0):" }.joined(separator: "\n")): "has no SHA-1 hash",
            try file(hashes.map { "\($0):-1" }.joined(separator: "\n")): "has no SHA-1 hash",
            try file([0x1F, 0x8B] + (0..<4_000).map { _ in UInt8.random(in: 0...255) }): "has no SHA-1 hash",
            try file(String(repeating: "A", count: 4_000)): "has no SHA-1 hash",
            try file(hashes[0] + ":" + String(repeating: "1", count: 30) + "\n" + hashes[1]): "has no SHA-1 hash",
        ]
        for (path, reason) in broken {
            let error = #expect(throws: SortedHashFile.Unusable.self) { try SortedHashFile(path: path) }
            #expect(error?.description.contains(reason) == true, "\(reason), and not \(error?.description ?? "-")")
            if path != folder.path { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    @Test func `where it can be read no more, no password is taken`() async throws {
        let path = try file("b042fe85b87c03ba45e45de29d831b9328e5234d:1\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let breaches = try BreachedPasswordFile(path: path)
        #expect(truncate(path, 10) == 0)
        let failure = await #expect(throws: Failure.self) { try await breaches.contains(Password("an0ther&one")) }
        #expect(failure?.kind == .unavailable)
    }
}
