import Crypto
import Foundation
import Testing
import WebAuthn

@Suite struct COSEKeyTests {
    static func entries(_ algorithm: SignatureAlgorithm = .es256) -> [CBORItem.Entry] {
        guard case .map(let entries) = SoftAuthenticator(algorithm).key.cose else { return [] }
        return entries
    }

    static func refuses(_ entries: [CBORItem.Entry]) -> Bool {
        (try? COSEKey(CBORWriter.encode(.map(entries)))) == nil
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a key of each algorithm is read, and every member of it counts`(algorithm: SignatureAlgorithm) throws {
        let entries = Self.entries(algorithm)
        #expect(try COSEKey(CBORWriter.encode(.map(entries))).algorithm == algorithm)
        for index in entries.indices {
            var fewer = entries
            fewer.remove(at: index)
            #expect(Self.refuses(fewer))
            for value in [
                .integer(0), .integer(-257), .integer(Int.max), .negative(.max), .text("ES256"), .null, .bytes(Data()),
            ] as [CBORItem] {
                var other = entries
                other[index] = CBORItem.Entry(entries[index].key, value)
                #expect(Self.refuses(other), "\(entries[index].key) \(value)")
            }
        }
    }

    @Test func `other members, other orders and other kinds of map are refused`() throws {
        let entries = Self.entries()
        #expect(Self.refuses(Array(entries.reversed())))
        #expect(Self.refuses(entries + [CBORItem.Entry(.integer(-4), .bytes(Data(count: 32)))]))
        #expect(Self.refuses([entries[0], CBORItem.Entry(.integer(2), .bytes(Data([1])))] + entries.dropFirst()))
        #expect(Self.refuses([entries[0], entries[0]] + entries.dropFirst()))
        #expect(Self.refuses(entries + [CBORItem.Entry(.text("x"), .null)]))
        #expect(Self.refuses([]))
        for item in [.array([]), .null, .bytes(Data()), .unsigned(1)] as [CBORItem] {
            #expect(throws: CeremonyFailure.unsupportedKey) { try COSEKey(CBORWriter.encode(item)) }
        }
    }

    @Test func `algorithms and curves of others are refused`() throws {
        let (p256, ed25519) = (Self.entries(.es256), Self.entries(.eddsa))
        for (index, value) in [(0, 1), (0, 3), (1, -8), (1, -35), (1, -257), (1, -9), (2, 2), (2, 3), (2, 6), (2, 8)] {
            var other = p256
            other[index] = CBORItem.Entry(p256[index].key, .integer(value))
            #expect(Self.refuses(other))
        }
        for (index, value) in [(0, 2), (1, -7), (1, -53), (2, 4), (2, 7), (2, 1)] {
            var other = ed25519
            other[index] = CBORItem.Entry(ed25519[index].key, .integer(value))
            #expect(Self.refuses(other))
        }
    }

    @Test func `a point that is not on the curve is refused`() throws {
        for (x, y) in [(0, 0), (1, 1), (0xff, 0xff)] as [(UInt8, UInt8)] {
            var other = Self.entries()
            other[3] = CBORItem.Entry(.integer(-2), .bytes(Data(repeating: x, count: 32)))
            other[4] = CBORItem.Entry(.integer(-3), .bytes(Data(repeating: y, count: 32)))
            #expect(Self.refuses(other))
        }
        for length in [0, 31, 33, 64] {
            var other = Self.entries(.eddsa)
            other[3] = CBORItem.Entry(.integer(-2), .bytes(Data(count: length)))
            #expect(Self.refuses(other))
        }
    }

    /// One key would have many forms then.
    @Test func `coordinates that are right together and each of another length are refused`() throws {
        let entries = Self.entries()
        guard case .bytes(let x) = entries[3].value, case .bytes(let y) = entries[4].value else {
            throw CeremonyFailure.unsupportedKey
        }
        let point = x + y
        for length in [0, 31, 33, 64] {
            var other = entries
            other[3] = CBORItem.Entry(entries[3].key, .bytes(Data(point.prefix(length))))
            other[4] = CBORItem.Entry(entries[4].key, .bytes(Data(point.dropFirst(length))))
            #expect(Self.refuses(other), "\(length)")
        }
    }

    @Test func `both kinds are known to certificates`() throws {
        let curve = Curve25519.Signing.PrivateKey()
        let eddsa = try COSEKey(CBORWriter.encode(SoftAuthenticator.Key.eddsa(curve).cose)).subjectPublicKeyInfo
        #expect(eddsa == Data(hex: "302a300506032b6570032100") + curve.publicKey.rawRepresentation)
        let p256 = P256.Signing.PrivateKey()
        let es256 = try COSEKey(CBORWriter.encode(SoftAuthenticator.Key.es256(p256).cose)).subjectPublicKeyInfo
        #expect(es256 == p256.publicKey.derRepresentation)
    }
}
