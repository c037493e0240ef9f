import Caching
import Testing

@Suite struct RecentlyUsedTests {
    @Test func `never holds more than its capacity, and always the last half that were used`() {
        var table = RecentlyUsed<Int, Int>(capacity: 10)
        for number in 0..<100 {
            table.insert(number * 2, for: number)
            #expect(table.count <= 10)
            for recent in max(0, number - 4)...number where recent == number {
                #expect(table.value(for: recent) == recent * 2)
            }
        }
        #expect((95..<100).allSatisfy { table.value(for: $0) == $0 * 2 })
        #expect(table.value(for: 80) == nil)
    }

    @Test func `what is looked at again and again stays`() {
        var table = RecentlyUsed<Int, String>(capacity: 4)
        table.insert("kept", for: -1)
        for number in 0..<50 {
            table.insert("", for: number)
            #expect(table.value(for: -1) == "kept")
        }
    }

    @Test func `an entry is there once, with its last value, and gone when removed`() {
        var table = RecentlyUsed<Int, Int>(capacity: 4)
        for value in 0..<20 {
            table.insert(value, for: 1)
            table.insert(value, for: value + 100)
        }
        #expect(table.value(for: 1) == 19)
        table.remove(1)
        #expect(table.value(for: 1) == nil)
    }

    @Test(arguments: [Int.min, -1, 0, 1]) func `a capacity below two holds the last ones`(capacity: Int) {
        var table = RecentlyUsed<Int, Int>(capacity: capacity)
        for number in 0..<5 { table.insert(number, for: number) }
        #expect(table.value(for: 4) == 4 && table.count <= 2)
    }
}
