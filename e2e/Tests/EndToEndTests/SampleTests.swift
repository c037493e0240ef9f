import Foundation
import PlatformTesting
import Testing

extension EndToEnd {
    /// What READMEs show is what is run.
    @Suite
    struct SampleTests {
        @Test(.timeLimit(.minutes(3)))
        func `a phone's upload is as the README has it, and goes on while replicas are killed`() async throws {
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
                path: "PhoneUpload.swift")
            let text = try String(contentsOf: source, encoding: .utf8)
            let sample = text[try #require(text.range(of: "/// Sends")).lowerBound...]
            let readme = try String(
                contentsOf: Platform.root.appending(path: "services/video-service/README.md"), encoding: .utf8)
            #expect(readme.contains("```swift\n\(sample)```"))

            let person = try await Person.signUp("phone")
            let bytes = Film.beginning((0..<(40 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            let film = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).mp4")
            try Data(bytes).write(to: film)
            defer { try? FileManager.default.removeItem(at: film) }
            let service = try #require(URL(string: Platform.gateway))
            async let video = upload(film, title: "夏祭り", to: service, token: person.tokens.accessToken)
            for part in [Platform.Part.video, .secondVideo] {
                try await Platform.kill(part)
                try await Platform.start(part)
            }
            #expect(try await person.film(try await video) == bytes)
            #expect(try await person.videos(titled: "夏祭り").count == 1)
        }
    }
}
