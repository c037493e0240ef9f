public import Crypto
public import DomainKit
import Encodings
public import Foundation
public import VideoDomain

/// What an address of renditions says: whose it is, and of what.
public struct RenditionTicket: Sendable, Hashable {
    public var grant: UUID
    public var video: VideoID
    /// What was made under this claim.
    public var claim: Int64
    public var holder: LinkHolder
    /// In whole seconds.
    public var expiry: Date

    public init(grant: UUID, video: VideoID, claim: Int64, holder: LinkHolder, expiry: Date) {
        self.grant = grant
        self.video = video
        self.claim = claim
        self.holder = holder
        self.expiry = expiry
    }

    public func key(of name: String) -> MediaKey { MediaKey(name, madeOf: video, under: claim) }
}

/// Writes tickets into addresses and reads them back, sealed (AES-GCM): nobody but us makes one, and who gets one reads nothing in it.
public struct RenditionTicketSeal: RenditionAddresses {
    private let key: SymmetricKey
    private let base: String

    /// A key of its own is derived from `secret`. `base` is where renditions are found, without a trailing slash.
    public init(base: String, secret: SymmetricKey) {
        self.base = base
        key = HKDF<SHA256>.deriveKey(inputKeyMaterial: secret, info: Data("renditions".utf8), outputByteCount: 32)
    }

    public func address(of name: String, _ ticket: RenditionTicket) throws -> String {
        "\(base)/\(try text(of: ticket))/\(name)"
    }

    public func address(
        of name: String, madeOf watched: WatchedVideo, under claim: Int64, for viewer: Viewer, by grant: UUID,
        until expiry: Date
    ) throws -> String {
        try address(
            of: name,
            RenditionTicket(
                grant: grant, video: watched.video.id, claim: claim, holder: LinkHolder(viewer, as: watched.sight),
                expiry: expiry))
    }

    func text(of ticket: RenditionTicket) throws -> String {
        var bytes = Data([1])
        bytes += ticket.grant.bytes
        bytes += ticket.video.uuid.bytes
        for number in [ticket.claim, Int64(ticket.expiry.timeIntervalSince1970)] {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += ticket.holder.bytes
        let box = try AES.GCM.seal(bytes, using: key)
        return Base64URL.encode(Data(box.nonce) + box.ciphertext + box.tag)
    }

    /// Nil for what was not sealed with the same secret.
    public func ticket(in text: String) -> RenditionTicket? {
        guard text.utf8.count <= 400, let sealed = Base64URL.decode(text),
            let box = try? AES.GCM.SealedBox(combined: sealed), let bytes = try? AES.GCM.open(box, using: key),
            bytes.count > 49, bytes.first == 1
        else { return nil }
        var rest = bytes.dropFirst()
        func take(_ count: Int) -> Data {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func number(_ data: Data) -> Int64 { Int64(bitPattern: data.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
        guard let grant = UUID(bytes: take(16)), let video = UUID(bytes: take(16)) else { return nil }
        let (claim, seconds) = (number(take(8)), number(take(8)))
        guard let holder = LinkHolder(bytes: rest) else { return nil }
        return RenditionTicket(
            grant: grant, video: VideoID(video), claim: claim, holder: holder,
            expiry: Date(timeIntervalSince1970: Double(seconds)))
    }
}
