import DomainKit
import Postgres
import Testing
import UserDomain

@testable import UserStorage

/// Where the database ends a connection in the middle of a step, nothing of the step has happened: no row of any table is
/// another one, the mail's and the trail's neither. The step can be done again then, and does the same.
@Suite struct InterruptedStepsTests {
    @Test(arguments: InterruptedStep.allCases)
    func `a step that is broken off after any of its changes has made none`(step: InterruptedStep) async throws {
        try await replicas { database, observer in
            try await prepare(observer)
            let whole = try await step.prepared(InterruptedAccount(database))
            let before = try await tables(observer)
            #expect(try await whole())
            let after = try await tables(observer)
            let changed = after.keys.filter { after[$0] != before[$0] }.sorted()
            #expect(!changed.isEmpty)
            for table in changed {
                let work = try await step.prepared(InterruptedAccount(database))
                let before = try await tables(observer)
                try await observer.execute("SELECT break_off(\(table))")
                let failure = await #expect(throws: Failure.self, "\(table)") { try await work() }
                #expect(failure?.kind == .unavailable, "\(table)")
                #expect(try await tables(observer) == before, "\(table)")
                try await observer.execute("SELECT let_go(\(table))")
                #expect(try await work(), "\(table)")
                let after = try await tables(observer)
                #expect(after.keys.filter { after[$0] != before[$0] }.sorted() == changed, "\(table)")
            }
        }
    }

    /// `break_off` lets whoever changes a table lose the connection once its statement has.
    private func prepare(_ database: PostgresClient) async throws {
        for statement: SQL in [
            """
            CREATE FUNCTION broken_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(0);
                RETURN NULL;
            END $$
            """,
            """
            CREATE FUNCTION break_off(name text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                EXECUTE format('CREATE TRIGGER broken_off AFTER INSERT OR UPDATE OR DELETE ON %I
                                FOR EACH STATEMENT EXECUTE FUNCTION broken_off()', name);
            END $$
            """,
            """
            CREATE FUNCTION let_go(name text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                EXECUTE format('DROP TRIGGER broken_off ON %I', name);
            END $$
            """,
        ] { try await database.execute(statement) }
    }

    /// All there is, a line a table.
    private func tables(_ database: PostgresClient) async throws -> [String: String] {
        let rows = try await database.query(
            """
            SELECT relname::text,
                   md5(query_to_xml(format('SELECT * FROM %I t ORDER BY t::text', relname), true, false, '')::text)
            FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            """
        ).decode((String, String).self)
        return Dictionary(uniqueKeysWithValues: rows)
    }
}
