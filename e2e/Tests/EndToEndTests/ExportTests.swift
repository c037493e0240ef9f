import Foundation
import NIOHTTP1
import PlatformTesting
import Testing

extension EndToEnd {
    /// Somebody asks for all that is kept of them.
    @Suite
    struct ExportTests {
        private struct ExportBody: Decodable, Sendable {
            let id: String
            let state: String
            let url: String?
        }

        @Test(.timeLimit(.minutes(3)))
        func `what all three services keep of somebody is one archive, though replicas are killed meanwhile`()
            async throws
        {
            let (asking, other) = (try await Person.signUp("asking"), try await Person.signUp("other"))
            _ = try await ResumableUpload.create(Film.short, by: asking, visibility: "private").finish()
            let room = try await asking.createRoom()
            try await other.join(room)
            try await asking.send("my own words 花火", clientID: "own", to: room)
            try await other.send("words of another", clientID: "another", to: room)

            let asked = try await asking.api.call(.POST, "/v1/me/data-exports")
            try #require(asked.status == 202)
            let id = try asked.decoded(as: ExportBody.self).id
            for part in [Platform.Part.user, .video, .firstChat] { try await Platform.kill(part) }
            for part in [Platform.Part.user, .video, .firstChat] { try await Platform.start(part) }
            let path = "/v1/me/data-exports/\(id)"
            let url = try await eventually("the export is ready", within: .seconds(120)) {
                () async throws -> String? in
                try await asking.api.insist(.GET, path).decoded(as: ExportBody.self).url
            }
            #expect(try await other.api.insist(.GET, path).status == 404)
            #expect(try await other.api.insist(.GET, url).status == 404)
            #expect(try await API().insist(.GET, url).status == 401)

            let archive = try await fetched(url, by: asking)
            let text = try unzipped(archive)
            for word in ["asking-", "my own words 花火", "\"role\" : \"owner\"", "\"visibility\" : \"private\""] {
                #expect(text.contains(word), "\(word)")
            }
            for word in ["words of another", other.tokens.userId, "$argon2id", asking.tokens.refreshToken] {
                #expect(!text.contains(word), "\(word)")
            }
        }

        /// In two parts, as after a connection that broke.
        private func fetched(_ url: String, by person: Person) async throws -> [UInt8] {
            let first = try await person.api.insist(.GET, url, headers: [("Range", "bytes=0-99")])
            #expect(first.status == 206)
            let etag = try #require(first.headers.first(name: "ETag"))
            let rest = try await person.api.insist(.GET, url, headers: [("Range", "bytes=100-"), ("If-Range", etag)])
            #expect(rest.status == 206)
            let whole = try await person.api.insist(.GET, url)
            #expect(whole.status == 200 && whole.bytes == first.bytes + rest.bytes)
            return whole.bytes
        }

        /// What a program of another house reads in it, all files one after the other.
        private func unzipped(_ archive: [UInt8]) throws -> String {
            let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).zip")
            try Data(archive).write(to: path)
            defer { try? FileManager.default.removeItem(at: path) }
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/python3")
            process.arguments = [
                "-c",
                """
                import json, sys, zipfile
                archive = zipfile.ZipFile(sys.argv[1])
                assert archive.testzip() is None
                assert {name.split("/")[0] for name in archive.namelist()} == {"user-service", "video-service", "chat-service"}
                for name in archive.namelist():
                    json.loads(archive.read(name))
                    sys.stdout.buffer.write(archive.read(name))
                """, path.path,
            ]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
            let unzip = try Process.run(URL(filePath: "/usr/bin/unzip"), arguments: ["-tqq", path.path])
            unzip.waitUntilExit()
            #expect(unzip.terminationStatus == 0)
            return text
        }
    }
}
