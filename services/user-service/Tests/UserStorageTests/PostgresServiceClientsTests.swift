import Foundation
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct PostgresServiceClientsTests {
    private func contract(_ database: PostgresClient) -> ServiceClientsContract {
        ServiceClientsContract(PostgresServiceClients(database: database)) { time in
            try await database.execute(
                """
                UPDATE service_client_secrets
                SET valid_until = valid_until - \(time / .seconds(1)) * interval '1 second'
                """)
        }
    }

    @Test func `knows what was declared last`() async throws {
        try await TestDatabase.with { try await contract($0).knowsWhatWasDeclaredLast() }
    }

    @Test func `lets the former secret count for a while`() async throws {
        try await TestDatabase.with { try await contract($0).letsTheFormerSecretCountForAWhile() }
    }

    @Test func `counts two secrets at most`() async throws {
        try await TestDatabase.with { try await contract($0).countsTwoSecretsAtMost() }
    }

    @Test func `of many who declare at once one has its way, whole`() async throws {
        try await TestDatabase.with { database in
            let clients = PostgresServiceClients(database: database)
            try await withThrowingTaskGroup { group in
                for secret in 1...12 as ClosedRange<UInt8> {
                    group.addTask {
                        let both = [ServiceClientDeclaration.sample("chat", secret), .sample("video", secret)]
                        try await clients.declare(both, overlap: .seconds(60))
                    }
                }
                try await group.waitForAll()
            }
            let (chat, video) = (try await clients.client("chat"), try await clients.client("video"))
            #expect(chat?.secrets.count == 2 && chat?.secrets == video?.secrets)
        }
    }

    @Test func `a scope of a later version costs that scope alone`() async throws {
        try await TestDatabase.with { database in
            let clients = PostgresServiceClients(database: database)
            try await clients.declare([.sample("chat", 1)], overlap: .zero)
            try await database.execute("UPDATE service_clients SET scopes = scopes || '{video:paint}'")
            #expect(try await clients.client("chat")?.scopes == [.decide])
        }
    }

    @Test func `a secret is known by its hash, which is another client's for no other`() throws {
        let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
        let secrets = HMACServiceSecrets(key)
        let secret = try #require(ServiceSecret(String(repeating: "s", count: 40)))
        let digest = secrets.digest(of: secret, for: ServiceClientID(stored: "chat"))
        #expect(digest.count == 32 && secrets.matches(secret.text, for: "chat", digest))
        #expect(!secrets.matches(secret.text, for: "video", digest))
        #expect(!secrets.matches(secret.text + "s", for: "chat", digest))
        #expect(!secrets.matches("", for: "chat", Data(count: 32)))
        let other = try #require(KeyEncryptionKey(bytes: Data(repeating: 8, count: 32)))
        #expect(!HMACServiceSecrets(other).matches(secret.text, for: "chat", digest))
    }
}
