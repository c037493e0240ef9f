import AWSIdentity
import AWSSigning
import Foundation
import Synchronization
import Testing

@Suite struct RefreshingCredentialsTests {
    /// A source that is told when to answer, and a clock.
    private final class Source: Sendable {
        private struct State {
            var now = Date(timeIntervalSince1970: 0)
            var fetches = 0
            var isAway = false
        }

        private let state = Mutex(State())

        var fetches: Int { state.withLock { $0.fetches } }

        func turn(to seconds: TimeInterval, isAway: Bool = false) {
            state.withLock { ($0.now, $0.isAway) = (Date(timeIntervalSince1970: seconds), isAway) }
        }

        /// Lives an hour.
        func credentials() -> RefreshingCredentials {
            RefreshingCredentials(now: { self.state.withLock { $0.now } }) { () throws(NoAWSCredentials) in
                let (number, now, isAway) = self.state.withLock { state in
                    state.fetches += 1
                    return (state.fetches, state.now, state.isAway)
                }
                if isAway { throw NoAWSCredentials("away") }
                return AWSCredentials(
                    accessKeyID: "\(number)", secretAccessKey: "s", expiry: now.addingTimeInterval(3_600))
            }
        }
    }

    @Test func `however many ask, there is one fetch`() async throws {
        let source = Source()
        let credentials = source.credentials()
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { try? await credentials.credentials().accessKeyID } }
            for await id in group { #expect(id == "1") }
        }
        #expect(source.fetches == 1)
    }

    @Test func `they are renewed before they end, without anybody waiting`() async throws {
        let source = Source()
        let credentials = source.credentials()
        #expect(try await credentials.credentials().accessKeyID == "1")
        source.turn(to: 2_699)
        #expect(try await credentials.credentials().accessKeyID == "1" && source.fetches == 1)
        source.turn(to: 2_701)
        #expect(try await credentials.credentials().accessKeyID == "1")
        while try await credentials.credentials().accessKeyID != "2" { await Task.yield() }
        #expect(source.fetches == 2)
    }

    @Test func `in the last minute they are waited for`() async throws {
        let source = Source()
        let credentials = source.credentials()
        #expect(try await credentials.credentials().accessKeyID == "1")
        source.turn(to: 3_541)
        #expect(try await credentials.credentials().accessKeyID == "2")
    }

    @Test func `while there is nobody to ask, they are given out as long as they live, and asked for once a second`()
        async throws
    {
        let source = Source()
        let credentials = source.credentials()
        #expect(try await credentials.credentials().accessKeyID == "1")
        source.turn(to: 3_550, isAway: true)
        for _ in 0..<5 { #expect(try await credentials.credentials().accessKeyID == "1") }
        #expect(source.fetches == 2)
        source.turn(to: 3_600, isAway: true)
        for _ in 0..<5 {
            await #expect(throws: NoAWSCredentials("away")) { try await credentials.credentials() }
        }
        #expect(source.fetches == 3)
        source.turn(to: 3_602)
        #expect(try await credentials.credentials().accessKeyID == "4")
    }

    @Test func `one who goes away does not take the fetch with him`() async throws {
        let source = Source()
        let credentials = source.credentials()
        let first = Task { try await credentials.credentials().accessKeyID }
        first.cancel()
        #expect(try await credentials.credentials().accessKeyID == "1")
        #expect(try await first.value == "1" && source.fetches == 1)
    }
}
