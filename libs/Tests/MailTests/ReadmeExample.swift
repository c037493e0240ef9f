import Foundation
import Mail

// The page in Sources/Mail/README.md, from the next line to the end.
/// Writes messages and says what is to become of each after a try.
struct Postman: Sendable {
    enum Fate: Sendable, Equatable {
        case done
        /// Somewhat later each time.
        case again
        /// Never as it is; `reason` is for the one who wrote it.
        case undeliverable(reason: String)
    }

    let transport: any MailTransport
    let sender: MailAddress

    /// `setting` is one line such as `smtp://user:password@mx.example.com`; a bad one stops the start.
    init(_ setting: String) throws {
        transport = try MailURL(setting).transport()
        sender = try MailAddress("no-reply@example.com", name: "広場")
    }

    /// `id` is that of the row the message is kept in, so that every try of it is the same message. Nobody's name or
    /// address can add a line to its header.
    func welcome(
        id: UUID, to address: String, name: String, link: String, at date: Date
    ) throws(UnusableMail) -> MailMessage {
        let shown = name.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return try MailMessage(
            id: id.uuidString.lowercased(), from: sender, to: [MailAddress(address, name: name)],
            subject: "ようこそ、\(name)さん", text: "こんにちは。\n\n\(link)\n",
            html: "<p>こんにちは、\(shown)さん。</p><p><a href=\"\(link)\">確認する</a></p>", date: date)
    }

    func deliver(_ message: MailMessage) async -> Fate {
        do throws(MailFailure) {
            try await transport.send(message)
            return .done
        } catch {
            // The receiver may have it already; the same `Message-ID` lets it see that.
            return error.outcome == .refused ? .undeliverable(reason: error.description) : .again
        }
    }
}
