import Testing

@testable import UserStorage

@Suite struct EqualRefusalsTests {
    static let former = Argon2Effort(memoryKiB: 19_456, passes: 2)
    static let wanted = Argon2Effort(memoryKiB: 65_536, passes: 2)

    /// A machine on which memory that fits no cache takes longer.
    static func time(_ effort: Argon2Effort, uncached: Double) -> Duration {
        let memory = Double(effort.memoryKiB)
        let beyond = max(0, memory - 32_768)
        return .microseconds((memory + beyond * uncached) * Double(effort.passes) * 0.3)
    }

    /// One refusal of an account with a former hash: how long it took.
    static func refuse(_ refusals: EqualRefusals, uncached: Double) throws -> Duration {
        let rest = try #require(refusals.rest(after: former))
        let (done, filling) = (time(former, uncached: uncached), time(rest, uncached: uncached))
        refusals.filledUp(former, in: done, rest: filling)
        return done + filling
    }

    @Test(arguments: [0, 0.3, 0.8])
    func `refusals after a weaker hash come to take as long as others on any machine`(uncached: Double) throws {
        let refusals = EqualRefusals(wanted: Self.wanted)
        let whole = Self.time(Self.wanted, uncached: uncached)
        for _ in 0..<60 {
            refusals.hashed(Self.wanted, in: whole)
            _ = try Self.refuse(refusals, uncached: uncached)
        }
        let apart = try Self.refuse(refusals, uncached: uncached) / whole - 1
        #expect(abs(apart) < 0.01, "\(apart)")
    }

    @Test func `one refusal that was interrupted changes little`() throws {
        let refusals = EqualRefusals(wanted: Self.wanted)
        refusals.hashed(Self.wanted, in: .milliseconds(70))
        let before = try #require(refusals.rest(after: Self.former))
        refusals.filledUp(Self.former, in: .milliseconds(20), rest: .seconds(5))
        let after = try #require(refusals.rest(after: Self.former))
        #expect(Double(after.memoryKiB) >= Double(before.memoryKiB) * 0.94)
        #expect(after.memoryKiB < before.memoryKiB && after.passes == before.passes)
    }

    @Test func `what is measured never moves the rest beyond half and double of what was reckoned`() throws {
        let reckoned = try #require(Self.former.rest(to: Self.wanted))
        for took in [Duration.nanoseconds(1), .seconds(1_000)] {
            let refusals = EqualRefusals(wanted: Self.wanted)
            refusals.hashed(Self.wanted, in: .seconds(1))
            for _ in 0..<1_000 { refusals.filledUp(Self.former, in: took, rest: took) }
            let rest = try #require(refusals.rest(after: Self.former))
            #expect((reckoned.memoryKiB / 2...reckoned.memoryKiB * 2).contains(rest.memoryKiB))
        }
    }

    @Test func `nothing is filled up after a hash of the wanted effort, nor learned from others`() throws {
        let refusals = EqualRefusals(wanted: Self.wanted)
        #expect(refusals.rest(after: Self.wanted) == nil)
        let before = refusals.rest(after: Self.former)
        refusals.hashed(Self.former, in: .seconds(100))
        refusals.filledUp(Self.former, in: .seconds(1), rest: .seconds(1))
        #expect(refusals.rest(after: Self.former) == before)
        refusals.filledUp(Self.former, in: .zero, rest: .zero)
        #expect(refusals.rest(after: Self.former) == before)
    }
}
