import ChatTestKit
import HTTPKit
import HTTPTypes
import NIOCore
import PlatformTesting
import Testing

@testable import ChatHTTP

@Suite struct SpecificationTests {
    @Test func `the specification has every route and no other`() async throws {
        let replica = try await TestReplica.start(on: InMemoryChat(), tokens: TestTokens())
        #expect(Specification.openAPI.operations == Set(replica.table.routes))
        try await replica.stop()
    }

    @Test func `the examples fit their schemas`() {
        #expect(Specification.openAPI.findingsInExamples() == [])
        #expect(Specification.asyncAPI.findingsInExamples() == [])
    }

    @Test(arguments: [
        ("Auth", #"{"op":"auth","id":1,"token":"t"}"#), ("Ping", #"{"op":"ping","id":"x"}"#),
        ("Subscribe", #"{"op":"subscribe","id":1,"room_id":"01a20b0b-65fa-736c-84e5-4999e596e6e5","after_seq":1}"#),
        ("Unsubscribe", #"{"op":"unsubscribe","id":1,"room_id":"01a20b0b-65fa-736c-84e5-4999e596e6e5"}"#),
        ("Send", #"{"op":"send","id":1,"room_id":"01a20b0b-65fa-736c-84e5-4999e596e6e5","client_id":"c","body":"x"}"#),
        ("ClientRead", #"{"op":"read","room_id":"01a20b0b-65fa-736c-84e5-4999e596e6e5","seq":0}"#),
        ("ClientTyping", #"{"op":"typing","room_id":"01a20b0b-65fa-736c-84e5-4999e596e6e5"}"#),
    ])
    func `what the specification lets a client say is understood`(_ schema: String, _ frame: String) throws {
        #expect(Specification.findings(schema, frame) == [])
        _ = try ClientFrameReader.read(.init(string: frame))
    }
}
