import Testing

@testable import Postgres

@Suite struct StatementEffectTests {
    @Test(arguments: [
        "SELECT 1", "  \n select 1", "/* BEGIN /* nested */ */ SELECT 1", "-- SET\nSELECT 1",
        "(SELECT 1) UNION SELECT 2",
        "WITH t AS (SELECT 1) INSERT INTO u SELECT * FROM t", "INSERT INTO temp VALUES (1)", "SELECT temp FROM weather",
        "UPDATE rooms SET name = 'x'", "CREATE TABLE t (temperature int8)", "SET LOCAL lock_timeout = 5",
        "SET TRANSACTION READ ONLY", "set constraints all deferred", "ROLLBACK TO SAVEPOINT a", "ROLLBACK WORK TO a",
        "SAVEPOINT a", "NOTIFY c", "LOCK TABLE t", "SELECT pg_try_advisory_xact_lock(1)",
        "DECLARE c CURSOR FOR SELECT 1", "SELECT set_config('synchronous_commit', 'off', true)",
        "WITH h AS (SELECT SET_CONFIG('a.b', 'c', TRUE )) UPDATE t SET n = 1 FROM h",
        "", ";",
    ])
    func `leaves nothing behind`(text: String) {
        #expect(StatementEffect(of: text) == .none)
    }

    @Test(arguments: [
        "SET search_path = x", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "RESET ALL", "DISCARD ALL",
        "LISTEN c", "UNLISTEN *", "PREPARE s AS SELECT 1", "DEALLOCATE ALL", "LOAD 'x'", "CREATE TEMP TABLE t (n int8)",
        "create local temporary table t (n int8)", "CREATE OR REPLACE TEMP VIEW v AS SELECT 1",
        "SELECT 1 AS n INTO TEMP t", "SELECT set_config('a.b', 'c', false)", "SELECT pg_advisory_lock(1)",
        "SELECT set_config('a.b', 'x, true)', false)", "SELECT set_config ('a.b', 'c', true)",
        "SELECT set_config('a.b', 'c', true), set_config('a.b', 'c', false)", "SELECT set_config('a.b', 'c', $1)",
        "SELECT PG_TRY_ADVISORY_LOCK(1)", "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "DO $$ BEGIN END $$", "CALL p()",
        "CREATE TABLE pg_temp.t (n int8)", "UPDATE pg_settings SET setting = '1'", "WHATEVER COMES",
    ])
    func `changes the session`(text: String) {
        #expect(StatementEffect(of: text) == .session)
    }

    @Test(arguments: [
        "BEGIN", "begin isolation level serializable", ";BEGIN", "START TRANSACTION", "COMMIT", "END", "ABORT",
        "ROLLBACK", "PREPARE TRANSACTION 'x'", "/**/ROLLBACK",
    ])
    func `opens or ends a transaction`(text: String) {
        #expect(StatementEffect(of: text) == .transaction)
        #expect(throws: PostgresError.self) { try SQL(raw: text).checkInTransaction() }
        #expect(throws: Never.self) { try SQL(raw: text).check() }
    }

    @Test(arguments: ["COPY t FROM stdin", "copy t TO stdout", "--\nCopy (SELECT 1) TO STDOUT", ";COPY t FROM stdin"])
    func `is COPY and refused`(text: String) {
        #expect(StatementEffect(of: text) == .copy)
        #expect(throws: PostgresError.self) { try SQL(raw: text).check() }
    }

    @Test func `words that begin like others are others`() {
        for text in ["COPYING", "COMMITTED", "ROLLBACKS", "XCOPY", "BEGINNING"] {
            #expect(throws: Never.self) { try SQL(raw: text).checkInTransaction() }
        }
    }
}
