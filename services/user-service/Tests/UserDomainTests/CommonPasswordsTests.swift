import Foundation
import Testing
import UserDomain

@testable import CommonPasswords

@Suite struct CommonPasswordsTests {
    private let lines = String(decoding: CommonPasswords.list, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)

    @Test func `the list has 10,000 and more that could be somebody's password`() {
        #expect(lines.dropLast().count >= 10_000)
        #expect(lines.dropLast().allSatisfy { Password.lengths.contains($0.unicodeScalars.count) })
    }

    @Test func `its lines are as a password is looked up, in the order the search needs, and all end`() {
        #expect(lines.dropLast().allSatisfy { $0.precomposedStringWithCanonicalMapping.lowercased() == $0 })
        #expect(
            zip(lines.dropLast(), lines.dropLast().dropFirst()).allSatisfy {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            })
        #expect(lines.last == "")
    }

    @Test func `every line is refused, whatever its case`() {
        let chosen = lines.dropLast().filter { (try? Password($0.uppercased())) != nil }
        #expect(chosen.isEmpty)
    }

    @Test func `what only begins, ends or joins lines is not in the list`() throws {
        let known = Set(lines)
        for line in lines.dropLast().enumerated().filter({ $0.offset.isMultiple(of: 16) }).map(\.element) {
            for other in [line + "~", "~" + line, line.dropLast() + "~", line + "\n", line.dropLast()]
            where !known.contains(other) {
                #expect(!CommonPasswords.contains(String(other)))
            }
        }
        #expect(!CommonPasswords.contains(lines[0] + "\n" + lines[1]))
        #expect(!CommonPasswords.contains("") && !CommonPasswords.contains("~") && !CommonPasswords.contains("\u{0}"))
    }
}
