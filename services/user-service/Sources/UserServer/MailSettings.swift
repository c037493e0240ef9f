import Mail
import ServiceKit

/// Where mail goes and whom it comes from. What is wrong is noted, without a word of a URL that may hold a password.
enum MailSettings {
    static func transport(from settings: inout SettingsReader) -> MailURL {
        let key = "MAIL_URL"
        let text = settings.secret(
            key, default: "file:///tmp/hiroba-mail",
            "Where mail goes: file:///folder, smtp[s]://user:password@host, ses://region")
        do {
            return try MailURL(text)
        } catch {
            settings.note(key, error.reason)
            return .file(folder: "/nowhere")
        }
    }

    /// Nil when it was noted.
    static func sender(from settings: inout SettingsReader) -> MailAddress? {
        let key = "MAIL_FROM"
        let text = settings.string(key, default: "no-reply@example.com", "The address mail comes from")
        do {
            return try MailAddress(text, name: "Hiroba")
        } catch {
            settings.note(key, "must be an e-mail address")
            return nil
        }
    }

    /// Nil where nothing is said, and when it was noted.
    static func bounces(from settings: inout SettingsReader) -> MailAddress? {
        let key = "MAIL_BOUNCES_TO"
        let text = settings.string(
            key, default: "", "The address that mail which cannot be delivered comes back to; MAIL_FROM when empty")
        guard !text.isEmpty else { return nil }
        do {
            return try MailAddress(text)
        } catch {
            settings.note(key, "must be an e-mail address")
            return nil
        }
    }
}
