import DomainKit
import Testing
import UserDomain
import UserTestKit

@Suite struct SetRolesTests {
    let house = TestHouse()

    @Test(
        arguments: [
            (["user", "wizard"], ["/roles/1": "not-acceptable"]), (["Admin"], ["/roles/0": "not-acceptable"]),
            (["user", "user"], ["/roles/1": "duplicate"]), ([], ["/roles": "too-few"]),
            (Array(repeating: "user", count: 100_000), ["/roles/1": "duplicate"]),
        ] as [([String], [String: String])])
    func `roles are those there are, each once`(names: [String], expected: [String: String]) async throws {
        let user = try await house.signUp()
        let admin = ActingAdmin(id: user.id, session: nil, epoch: 0, requestID: "r")
        let refused = await #expect(throws: Failure.self) {
            try await SetRoles(store: house.accounts)(user.id, to: names, by: admin) { _ in }
        }
        let found = Dictionary((refused?.violations ?? []).map { ($0.pointer, $0.code) }) { first, _ in first }
        for (pointer, code) in expected { #expect(found[pointer] == code) }
        #expect(refused?.kind == .invalidInput && (refused?.violations.count ?? 0) < 50)
    }
}
