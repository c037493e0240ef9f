import Foundation
import PlatformTesting
import SealedSecrets
import Testing

@Suite struct SealingKeyRingTests {
    let place = SealedPlace(purpose: "totp seed", owner: "ann")
    let secret = Data("open sesame".utf8)

    static func key(_ id: String, _ byte: UInt8) throws -> SealingKey {
        try #require(SealingKey(id: id, bytes: Data(repeating: byte, count: 32)))
    }

    static func ring(_ keys: SealingKey...) throws -> SealingKeyRing {
        try #require(SealingKeyRing(newestFirst: keys))
    }

    @Test(arguments: [0, 1, 20, 100_000])
    func `what is sealed opens again, and no two seals are equal`(length: Int) throws {
        let ring = try Self.ring(try Self.key("a", 1))
        let secret = Data((0..<length).map { UInt8(truncatingIfNeeded: $0) })
        let sealed = try ring.seal(secret, in: place)
        #expect(try ring.open(sealed, in: place) == secret)
        #expect(try ring.seal(secret, in: place) != sealed)
        #expect(try ring.open((Data([9, 9]) + sealed).dropFirst(2), in: place) == secret)
    }

    @Test func `a new key seals while the old one still opens`() throws {
        let (old, new) = (try Self.key("2026-05", 1), try Self.key("2026-11", 2))
        let sealed = try Self.ring(old).seal(secret, in: place)
        let ring = try Self.ring(new, old)
        #expect(try ring.open(sealed, in: place) == secret)
        #expect(!ring.isSealedByNewest(sealed))
        let again = try ring.seal(try ring.open(sealed, in: place), in: place)
        #expect(ring.isSealedByNewest(again))
        #expect(try Self.ring(new).open(again, in: place) == secret)
        #expect(throws: CannotOpen.unknownKey("2026-11")) { try Self.ring(old).open(again, in: place) }
        #expect(try Self.ring(old, new).open(again, in: place) == secret)
    }

    @Test func `a secret opens in its own place only`() throws {
        let ring = try Self.ring(try Self.key("a", 1))
        let sealed = try ring.seal(secret, in: place)
        for other in [
            SealedPlace(purpose: "totp seed", owner: "bob"), SealedPlace(purpose: "mail", owner: "ann"),
            SealedPlace(purpose: "totp see", owner: "dann"), SealedPlace(purpose: "totp seedann", owner: ""),
            SealedPlace(purpose: "", owner: ""),
        ] {
            #expect(throws: CannotOpen.wrongPlaceOrDamaged) { try ring.open(sealed, in: other) }
        }
    }

    /// Made by Python's `cryptography`: what was sealed under this form opens in every later version.
    @Test func `a seal of another library opens, under a key of its own for the purpose`() throws {
        let sealed = try #require(
            Data(
                base64Encoded:
                    "AQcyMDI2LTExZGVmZ2hpamtsbW5vdYXHOVVp/88aKS1oGrAnumbZZ7+9M+kmVeog9GaNyt0Na1+N"))
        let key = try #require(SealingKey(id: "2026-11", bytes: Data(0..<32)))
        let opened = try Self.ring(key).open(sealed, in: SealedPlace(purpose: "totp seed", owner: "account"))
        #expect(opened == Data("12345678901234567890".utf8))
    }

    @Test func `a key that took another's name opens nothing of it`() throws {
        let sealed = try Self.ring(try Self.key("a", 1)).seal(secret, in: place)
        let impostor = try Self.ring(try Self.key("a", 2))
        #expect(throws: CannotOpen.wrongPlaceOrDamaged) { try impostor.open(sealed, in: place) }
    }

    @Test func `no bit of it can be changed, no byte left out or added`() throws {
        let ring = try Self.ring(try Self.key("a", 1), try Self.key("c", 1))
        let sealed = try ring.seal(secret, in: place)
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CannotOpen.self) { try ring.open(changed, in: place) }
        }
        for length in 0..<sealed.count {
            #expect(throws: CannotOpen.self) { try ring.open(sealed.prefix(length), in: place) }
        }
        #expect(throws: CannotOpen.wrongPlaceOrDamaged) { try ring.open(sealed + [0], in: place) }
    }

    @Test func `random bytes open nothing and end nothing`() throws {
        let ring = try Self.ring(try Self.key("a", 1))
        var random = SplitMix64(seed: 32)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random), bytes.count > 3 { bytes[0...2] = [1, 1, UInt8(ascii: "a")] }
            #expect(throws: CannotOpen.self) { try ring.open(Data(bytes), in: place) }
            _ = ring.isSealedByNewest(Data(bytes))
        }
        #expect(try ring.open(try ring.seal(secret, in: place), in: place) == secret)
    }

    @Test func `keys are 32 bytes with a plain id, and a ring has each id once`() throws {
        for length in [0, 16, 31, 33] { #expect(SealingKey(id: "a", bytes: Data(count: length)) == nil) }
        for id in ["", "A", "a b", "a:b", "é", "ａ", String(repeating: "a", count: 33)] {
            #expect(SealingKey(id: id, bytes: Data(count: 32)) == nil)
        }
        #expect(SealingKeyRing(newestFirst: []) == nil)
        #expect(SealingKeyRing(newestFirst: [try Self.key("a", 1), try Self.key("a", 2)]) == nil)
    }

    @Test func `a setting is read, newest first, and what is wrong with it is said without a key`() throws {
        let (one, two) = (Data(repeating: 1, count: 32), Data(repeating: 2, count: 32))
        let text = "  new:\(two.base64EncodedString())\n old:\(one.base64EncodedString()) "
        let ring = try SealingKeyRing(setting: text)
        #expect(ring.isSealedByNewest(try ring.seal(secret, in: place)))
        #expect(try ring.open(try Self.ring(try Self.key("old", 1)).seal(secret, in: place), in: place) == secret)
        #expect(try Self.ring(try Self.key("new", 2)).open(try ring.seal(secret, in: place), in: place) == secret)
        let key = one.base64EncodedString()
        let alone = try SealingKeyRing(setting: key)
        let later = try SealingKeyRing(setting: "new:\(two.base64EncodedString()) default:\(key)")
        #expect(try later.open(try alone.seal(secret, in: place), in: place) == secret)
        for (setting, fault) in [
            ("", "there is no key"), (" \n", "there is no key"),
            (String(key.dropLast()), "key 1 is not ID:BASE64 of 32 bytes"),
            ("\(key) default:\(key)", "two keys have the same id"), (":", "key 1 is not ID:BASE64 of 32 bytes"),
            ("a:\(key) b:\(key.dropLast())", "key 2 is not ID:BASE64 of 32 bytes"),
            ("a:\(key) :\(key)", "key 2 is not ID:BASE64 of 32 bytes"),
            ("a:\(key) a:\(key)", "two keys have the same id"),
        ] {
            #expect(throws: UnusableKeyRing.self) { try SealingKeyRing(setting: setting) }
            do { _ = try SealingKeyRing(setting: setting) } catch { #expect(error.description == fault) }
        }
    }
}
