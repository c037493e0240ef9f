import PlatformTesting
import Testing
import VideoDomain
import VideoTestKit

@Suite("The library in memory")
struct InMemoryLibraryTests {
    typealias Contract = LibraryContract<InMemoryLibrary, InMemoryLibrary, InMemoryLibrary>

    @Test("keeps the contract", arguments: Contract.checks.map(\.name))
    func contract(_ name: String) async throws {
        let library = InMemoryLibrary(clock: TestClock())
        let check = try #require(Contract.checks.first { $0.name == name })
        try await check.run(
            LibraryContract(
                videos: library, uploads: library, notes: library, holdings: library, shares: library,
                removals: library,
                reports: library
            ) {
                await library.noteErasure(of: $0)
            })
    }
}

@Suite("Media in memory")
struct InMemoryMediaTests {
    typealias Contract = MediaStoreContract<InMemoryMedia>

    @Test("keeps the contract", arguments: Contract.checks.map(\.name))
    func contract(_ name: String) async throws {
        try await #require(Contract.checks.first { $0.name == name }).run(Contract(media: InMemoryMedia()))
    }
}
