import Foundation
import Testing
import VideoDomain
import VideoTranscoding

@Suite("Room for work")
struct WorkplaceTests {
    let root = URL(filePath: "/var/tmp/workplaces-\(UUID().uuidString)")

    private func entries() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
    }

    @Test func `is empty, one's own, and gone afterwards, also when work fails`() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        struct Broken: Error {}
        do {
            let places = try DirectoryWorkplaces(below: root)
            let first = try await places.withWorkplace { first in
                #expect(try FileManager.default.contentsOfDirectory(atPath: first.path) == [])
                try await places.withWorkplace { #expect($0 != first) }
                try Data("x".utf8).write(to: URL(filePath: first.file("x").path))
                return first
            }
            #expect(!FileManager.default.fileExists(atPath: first.path))
            await #expect(throws: Broken.self) { try await places.withWorkplace { _ in throw Broken() } }
            #expect(try entries().count == 2)
        }
        #expect(try entries() == [])
    }

    @Test func `of a worker that died is cleared by the next one, that of a living one is not`() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let dead = root.appending(path: "worker-dead")
        try FileManager.default.createDirectory(at: dead.appending(path: "job"), withIntermediateDirectories: true)
        try Data().write(to: root.appending(path: "worker-dead.lock"))
        try Data("mine".utf8).write(to: root.appending(path: "something else"))
        let living = try DirectoryWorkplaces(below: root)
        try await living.withWorkplace { place in
            let other = try DirectoryWorkplaces(below: root)
            #expect(FileManager.default.fileExists(atPath: place.path))
            try await other.withWorkplace { #expect(FileManager.default.fileExists(atPath: $0.path)) }
        }
        #expect(!FileManager.default.fileExists(atPath: dead.path))
        #expect(try entries().contains("something else"))
    }
}
