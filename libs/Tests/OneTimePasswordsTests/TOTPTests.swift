import Foundation
import OneTimePasswords
import Testing

@Suite struct TOTPTests {
    let totp = TOTP(secret: OneTimeSecret())
    let now = Date(timeIntervalSince1970: 1_800_000_010)
    let step: Int64 = 60_000_000

    func code(_ distance: Int64) throws -> OneTimeCode {
        try #require(OneTimeCode(totp.codes.code(at: UInt64(step + distance))))
    }

    @Test func `a code is known one step early and one step late, and says which step it is of`() throws {
        #expect(totp.step(at: now) == step)
        for distance in -1...1 as ClosedRange<Int64> {
            #expect(totp.step(of: try code(distance), at: now) == step + distance)
        }
        #expect(totp.step(of: try code(0), at: now, drift: 0) == step)
    }

    @Test func `codes further off are refused`() throws {
        // Chance makes one of a million codes equal to another: then there is nothing to see here.
        let near = Set((-1...1).map { totp.codes.code(at: UInt64(step + $0)) })
        for distance in [-3, -2, 2, 3] as [Int64] where !near.contains(totp.codes.code(at: UInt64(step + distance))) {
            #expect(totp.step(of: try code(distance), at: now) == nil)
        }
    }

    @Test func `a step that was used, and every one before it, is used up`() throws {
        #expect(totp.step(of: try code(0), at: now, after: step - 1) == step)
        #expect(totp.step(of: try code(0), at: now, after: step) == nil)
        #expect(totp.step(of: try code(-1), at: now, after: step) == nil)
        #expect(totp.step(of: try code(1), at: now, after: step) == step + 1)
        #expect(totp.step(of: try code(1), at: now, after: .max) == nil)
    }

    @Test func `of two steps with the same code the later one is used up`() throws {
        // Under one secret of a million two steps beside each other have one code, as here the first two.
        let bytes = Data(count: 13) + [0x2b, 0xb8, 0x82]
        let totp = TOTP(secret: try #require(OneTimeSecret(bytes: bytes)))
        let start = Date(timeIntervalSince1970: 0)
        #expect(totp.codes.code(at: 0) == "886441" && totp.codes.code(at: 1) == "886441")
        let code = try #require(OneTimeCode("886441"))
        #expect(totp.step(of: code, at: start) == 1)
        #expect(totp.step(of: code, at: start, after: 1) == nil)
    }

    @Test func `no time is too extreme to ask for`() throws {
        for seconds in [-Double.infinity, -1e300, -1, -0.5, 0, 1e15, 1e300, .infinity, .nan] {
            let time = Date(timeIntervalSince1970: seconds)
            let step = totp.step(at: time)
            #expect(step >= 0)
            let code = try #require(OneTimeCode(totp.code(at: time)))
            #expect((totp.step(of: code, at: time) ?? -1) >= step)
            for used in [Int64.min, -1, 0, .max] { _ = totp.step(of: code, at: time, after: used, drift: 3) }
            #expect(totp.step(of: code, at: time, drift: .min).map { $0 == step } ?? true)
        }
        let quick = TOTP(secret: OneTimeSecret(), period: 1)
        let code = try #require(OneTimeCode(quick.code(at: Date(timeIntervalSince1970: 1e300))))
        #expect(quick.step(of: code, at: Date(timeIntervalSince1970: 1e300)) == .max)
    }

    @Test func `a code of another length is refused`() throws {
        let long = TOTP(secret: totp.codes.secret, length: .eight)
        #expect(totp.step(of: try #require(OneTimeCode(long.code(at: now))), at: now) == nil)
        #expect(long.step(of: try code(0), at: now) == nil)
    }

    @Test func `neither a secret nor a code is printed`() throws {
        let code = try code(0)
        for value in [totp as Any, totp.codes, totp.codes.secret, code, RecoveryCode()] {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), dumped] {
                #expect(!text.contains(totp.codes.secret.base32))
                #expect(!text.contains("byte"))
                #expect(!text.contains("letters") && !text.contains("digits"))
            }
        }
    }
}
