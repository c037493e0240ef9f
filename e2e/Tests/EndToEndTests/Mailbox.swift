import Foundation
import PlatformTesting
import Testing

/// The mail of one address, as it lies in the platform's folder.
struct Mailbox: Sendable {
    let address: String

    init(_ name: String) {
        address = "\(name)-\(UUID().uuidString.lowercased())@example.com"
    }

    /// The token in the one mail with this subject, once it is there.
    func token(in subject: String) async throws -> String {
        let mail = try await eventually("a mail to \(address): \(subject)") { try mails(subject).first }
        let line = mail.split(whereSeparator: \.isNewline).first { $0.wholeMatch(of: /hmt_[A-Za-z0-9_-]{43}/) != nil }
        return String(try #require(line))
    }

    /// All with this subject, once there is one.
    func wait(for subject: String) async throws -> Int {
        try await eventually("a mail to \(address): \(subject)") {
            let count = try mails(subject).count
            return count > 0 ? count : nil
        }
    }

    func mails(_ subject: String) throws -> [String] {
        let folder = Platform.state.appending(path: "mail")
        // There is no folder before the first mail.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return try names.filter { $0.hasSuffix(".eml") }.map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }.filter { $0.contains("<\(address)>") && $0.contains("Subject: \(subject)\r\n") }
    }
}
