internal import Dispatch
internal import Foundation

/// Writes each message to a file of its own, `20261126T141000Z-<id>.eml`, for development and tests.
///
/// The file is there whole or not at all and survives a power cut once `send` returned. Only its owner may read it
/// (mode 600). The same message sent again replaces its file: it is there once.
public struct FileMailTransport: MailTransport {
    private let folder: String
    private static let queue = DispatchQueue(label: "mail.files")

    /// `folder` is made, with those above it, when the first message comes.
    public init(folder: String) {
        self.folder = folder
    }

    public func send(_ message: MailMessage) async throws(MailFailure) {
        let (folder, name, bytes) = (folder, Self.name(of: message), message.bytes())
        let outcome = await withCheckedContinuation { continuation in
            Self.queue.async {
                continuation.resume(
                    returning: Result { () throws(MailFailure) in try Self.write(bytes, as: name, in: folder) })
            }
        }
        try outcome.get()
    }

    /// Sorts by time; `id` has only letters, digits, `-`, `_` and single dots.
    private static func name(of message: MailMessage) -> String {
        "\(MailDate.fileName(message.date))-\(message.id).eml"
    }

    private static func write(_ bytes: [UInt8], as name: String, in folder: String) throws(MailFailure) {
        try make(folder)
        let temporary = "\(folder)/.\(name).\(UInt64.random(in: 0...UInt64.max))"
        let file = try call("open") { open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
        do throws(MailFailure) {
            defer { _ = Foundation.close(file) }
            try write(bytes, to: file)
            try call("fsync") { fsync(file) }
            try call("rename") { rename(temporary, "\(folder)/\(name)") }
        } catch {
            unlink(temporary)
            throw error
        }
        let directory = try call("open") { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { _ = Foundation.close(directory) }
        try call("fsync") { fsync(directory) }
    }

    private static func make(_ folder: String) throws(MailFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw MailFailure(.tryAgain, "the folder for mail cannot be made", needsOperator: true)
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws(MailFailure) {
        var written = 0
        while written < bytes.count {
            written += try call("write") {
                bytes[written...].withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            }
        }
    }

    /// Runs `body` until it is not interrupted; -1 becomes a failure.
    @discardableResult
    private static func call<Value: SignedInteger>(
        _ name: StaticString, _ body: () -> Value
    ) throws(MailFailure) -> Value {
        while true {
            let value = body()
            if value != -1 { return value }
            let code = errno
            if code != EINTR { throw MailFailure(.tryAgain, "\(name): \(String(cString: strerror(code)))") }
        }
    }
}
