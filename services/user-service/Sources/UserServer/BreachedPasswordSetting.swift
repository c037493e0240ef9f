import ServiceKit
import UserStorage

/// `BREACHED_PASSWORDS_FILE`. What is wrong with the file stops the start.
enum BreachedPasswordSetting {
    /// Nil where nothing is said, and where the file was noted.
    static func read(from settings: inout SettingsReader) -> BreachedPasswordFile? {
        let key = "BREACHED_PASSWORDS_FILE"
        let path = settings.string(
            key, default: "", "File of passwords nobody may have, as SHA-1:count a line, sorted; of Pwned Passwords")
        guard !path.isEmpty else { return nil }
        do {
            return try BreachedPasswordFile(path: path)
        } catch {
            settings.note(key, "\(path) \(error)")
            return nil
        }
    }
}
