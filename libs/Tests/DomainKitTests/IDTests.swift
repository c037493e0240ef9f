import DomainKit
import Foundation
import Testing

@Suite struct IDTests {
    private enum Room {}

    @Test func `an id prints in lower case and reads back in either`() throws {
        let id = ID<Room>(UUID())
        #expect(id.description == id.uuid.uuidString.lowercased())
        #expect(ID<Room>(id.description) == id)
        #expect(ID<Room>(id.description.uppercased()) == id)
    }

    @Test(arguments: [
        "", "x", "123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}",
        "123e4567-e89b-12d3-a456-42661417400g", "123e4567-e89b-12d3-a456-4266141740000",
        " 123e4567-e89b-12d3-a456-426614174000",
    ])
    func `other texts are no ids`(text: String) {
        #expect(ID<Room>(text) == nil)
    }

    @Test func `ids code as strings`() throws {
        let id = ID<Room>(UUID())
        let data = try JSONEncoder().encode([id])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([ID<Room>].self, from: data) == [id])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([ID<Room>].self, from: Data("[\"x\"]".utf8)) }
    }

    @Test func `ordered ids are version 7, and each sorts after the one before`() {
        let source = SystemIDSource()
        let ids = (0..<10_000).map { _ in ID<Room>(source.ordered()) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ids.allSatisfy { $0.uuid.uuid.6 >> 4 == 7 && $0.uuid.uuid.8 >> 6 == 2 })
    }

    @Test func `an ordered id begins with the time`() throws {
        let before = UInt64(Date().timeIntervalSince1970 * 1_000)
        let bytes = withUnsafeBytes(of: SystemIDSource().ordered().uuid) { Array($0.prefix(6)) }
        let millis = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect((before...before + 5_000).contains(millis))
    }

    @Test func `ordered ids of many threads are all different and each thread's rise`() async {
        let source = SystemIDSource()
        let all = await withTaskGroup(of: [ID<Room>].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2_000).map { _ in ID(source.ordered()) } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(all.joined()).count == 16_000)
        #expect(all.allSatisfy { ids in zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 } })
    }

    @Test func `random ids are version 4`() {
        let bytes = SystemIDSource().random().uuid
        #expect(bytes.6 >> 4 == 4 && bytes.8 >> 6 == 2)
    }
}
