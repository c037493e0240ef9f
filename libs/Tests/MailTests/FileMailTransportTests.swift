import Foundation
import Mail
import Testing

@Suite struct FileMailTransportTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "mail-\(UUID().uuidString)/a/b").path

    @Test func `each message is a file of its own, whole, for its owner alone`() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let transport = try MailURL("file://\(folder)").transport()
        let messages = try (0..<10).map { try mail("m.\($0)_x-") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for message in messages { group.addTask { try await transport.send(message) } }
            try await group.waitForAll()
        }
        for message in messages {
            let path = "\(folder)/20261126T141000Z-\(message.id).eml"
            #expect(Array(try Data(contentsOf: URL(fileURLWithPath: path))) == message.bytes())
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == messages.count)
    }

    @Test func `the same message sent again is there once`() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let transport = FileMailTransport(folder: folder)
        let message = try mail()
        for _ in 0..<3 { try await transport.send(message) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }

    @Test func `a folder that cannot be used means to try again, and leaves nothing behind`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "mail-\(UUID().uuidString)").path
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let message = try mail()
        let error = await failure { () throws(MailFailure) in try await FileMailTransport(folder: file).send(message) }
        #expect(error?.outcome == .tryAgain)
        // The name is taken by a folder, so the last step fails.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: "\(folder)/20261126T141000Z-\(message.id).eml/x", withIntermediateDirectories: true)
        let second = await failure { () throws(MailFailure) in try await FileMailTransport(folder: folder).send(message)
        }
        #expect(second?.outcome == .tryAgain)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }
}
