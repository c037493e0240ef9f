import DomainKit
import Postgres
import StorageKit
import Testing

@Suite struct PostgresFailuresTests {
    private struct Odd: Error {}

    private func failure(of error: any Error, _ constraints: [String: Failure] = [:]) async -> Failure? {
        do throws(Failure) {
            try await fromPostgres(constraints: constraints) { throw error }
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["08006", "40001", "40P01", "53300", "55P03", "57014", "57P01"])
    func `what may work later is unavailable`(state: String) async {
        let failure = await failure(of: PostgresError(.server, "x", sqlState: state))
        #expect(failure?.kind == .unavailable && failure?.context["dependency"] == "postgres")
        #expect((failure?.cause as? PostgresError)?.sqlState == state)
    }

    @Test(arguments: [PostgresError.Kind.unavailable, .timedOut, .connectionLost, .closed])
    func `a server that is away is unavailable`(kind: PostgresError.Kind) async {
        #expect(await failure(of: PostgresError(kind, "x"))?.kind == .unavailable)
    }

    @Test func `a call that was cancelled may be made again`() async {
        #expect(await failure(of: CancellationError())?.kind == .unavailable)
    }

    @Test func `a broken constraint is what its store says it is, and else a fault`() async {
        var error = PostgresError(.server, "x", sqlState: "23505")
        error.constraint = "rooms_pkey"
        let taken = Failure(.conflict, code: "a.taken", message: "Taken.")
        let known = await failure(of: error, ["rooms_pkey": taken])
        #expect(known?.code == "a.taken" && known?.cause is PostgresError)
        #expect(await failure(of: error, ["other": taken])?.kind == .fault)
    }

    @Test func `a failure passes as it is, and what nobody expected is a fault of ours`() async {
        #expect(await failure(of: Failure.invalidCursor)?.code == Failure.invalidCursor.code)
        let fault = await failure(of: Odd())
        #expect(fault?.kind == .fault && fault?.code == "platform.internal-error" && fault?.cause is Odd)
        #expect(await failure(of: PostgresError(.decoding, "x"))?.kind == .fault)
    }
}
