import Testing

@testable import Postgres

@Suite struct ListenTableTests {
    private var table = ListenTable<String>()

    @Test mutating func `one command is under way at a time, chosen when the one before is done`() {
        let first = table.add("a", to: "x")
        #expect(table.next() == .listen("x"))
        table.remove(first.id, from: "x")
        #expect(table.next() == nil)
        #expect(table.done() == [])
        #expect(table.next() == .unlisten("x"))
        #expect(!table.add("b", to: "x").isListening, "what is being ended is not to be counted on")
        #expect(table.next() == nil)
        #expect(table.done() == [])
        #expect(table.next() == .listen("x"))
        #expect(table.done() == ["b"])
        #expect(table.next() == nil)
    }

    @Test mutating func `a reader that goes before anything was sent costs nothing`() {
        let reader = table.add("a", to: "x")
        table.remove(reader.id, from: "x")
        #expect(table.next() == nil && !table.hasReaders)
    }

    @Test mutating func `a notification that is here before the answer tells first that one listens`() {
        _ = table.add("a", to: "x")
        _ = table.next()
        let first = table.notified("x")
        #expect(first.untold == ["a"] && first.all == ["a"])
        let second = table.notified("x")
        #expect(second.untold == [] && second.all == ["a"])
        #expect(table.done() == [])
    }

    @Test mutating func `after a loss all that is wanted is asked for again, and told again`() {
        _ = table.add("a", to: "x")
        _ = table.next()
        #expect(table.done() == ["a"])
        table.disconnected()
        #expect(table.next() == .listen("x"))
        #expect(table.done() == ["a"])
    }
}
