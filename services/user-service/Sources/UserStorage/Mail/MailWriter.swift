import DomainKit
import Foundation
public import Mail
import UserDomain

/// Makes messages of what is kept of them. The same mail is the same message each time, so that whoever gets it twice can tell.
public struct MailWriter: Sendable {
    private let sender: MailAddress
    private let bounces: MailAddress?
    private let console: String

    /// - Parameters:
    ///   - bounces: whom a mail comes back to that cannot be delivered; nil is the sender. Never nobody: what is no answer and no report
    ///     of a delivery has a return path that is one (RFC 5321 §4.5.5).
    ///   - console: the URL it is reached at.
    public init(from sender: MailAddress, bouncesTo bounces: MailAddress? = nil, console: String) {
        self.sender = sender
        self.bounces = bounces
        self.console = console.hasSuffix("/") ? String(console.dropLast()) : console
    }

    /// Whether mail to this address would come to where ours comes from, or comes back to: an account there would have us write to
    /// ourselves, and a robot that reads it answer us.
    func isOurs(_ email: String) -> Bool {
        guard let address = try? MailAddress(email) else { return false }
        return [sender, bounces ?? sender].contains { $0.address.lowercased() == address.address.lowercased() }
    }

    /// Fails: `UnusableMail` for an address that no mail goes to. A name that may not stand in a header stands in the text alone.
    func message(for mail: WaitingMail, token: MailToken?) throws(UnusableMail) -> MailMessage {
        let words = MailWords(mail.kind, in: mail.language)
        let facts = mail.facts.lines(in: mail.language)
        let address = try MailAddress(mail.email)
        let name = MailWords.isLink(mail.name) ? nil : mail.name
        let receiver = name.flatMap { try? MailAddress(mail.email, name: $0) } ?? address
        let greeting = MailWords.greeting(mail.name, in: mail.language)
        return try MailMessage(
            id: mail.id.lowercased, from: sender, to: [receiver], subject: words.subject,
            text: text(words, greeting, facts, token),
            html: html(words, greeting, facts, token, mail.language), date: mail.createdAt,
            returnPath: bounces.map { .address($0) } ?? .sender, fields: Self.unanswered())
    }

    /// The token stands in the fragment, which no server and no log is told.
    private func link(_ action: MailWords.Action, _ token: MailToken) -> String {
        "\(console)/#/\(action.path)?token=\(token)"
    }

    private func text(
        _ words: MailWords, _ greeting: String, _ facts: [String], _ token: MailToken?
    ) -> String {
        var parts = [greeting] + words.before
        if !facts.isEmpty { parts.append(facts.joined(separator: "\n")) }
        if let action = words.action, let token { parts += [link(action, token), action.hint, token.description] }
        return (parts + words.after).joined(separator: "\n\n") + "\n"
    }

    private func html(
        _ words: MailWords, _ greeting: String, _ facts: [String], _ token: MailToken?, _ language: Language
    ) -> String {
        var parts = ([greeting] + words.before).map { "<p>\(Self.escaped($0))</p>" }
        if !facts.isEmpty { parts.append("<p>\(facts.map(Self.escaped).joined(separator: "<br>\n"))</p>") }
        if let action = words.action, let token {
            parts.append(
                "<p><a href=\"\(Self.escaped(link(action, token)))\">\(Self.escaped(action.label))</a></p>")
            parts.append("<p>\(Self.escaped(action.hint))</p>\n<p><code>\(Self.escaped(token.description))</code></p>")
        }
        parts += words.after.map { "<p>\(Self.escaped($0))</p>" }
        return "<!DOCTYPE html>\n<html lang=\"\(language.rawValue)\">\n<body>\n"
            + parts.joined(separator: "\n") + "\n</body>\n</html>\n"
    }

    /// What keeps servers from answering for people who are away that do not go by `Auto-Submitted` ([MS-OXCMAIL] §2.1.3.2.20).
    private static func unanswered() throws(UnusableMail) -> [MailField] {
        [try MailField(name: "X-Auto-Response-Suppress", value: "OOF, AutoReply")]
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
