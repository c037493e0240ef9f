import ChatDomain
import DomainKit
import Foundation
import NIOCore

/// A signal as it is published: a header of fixed size, then the frame's bytes as they go to the sockets.
///
///     version 1 | kind 1 | origin 8 | seq 8 | room 16 | user 16 (zero: none) | frame ...
///
/// Replicas of two versions meet in every rollout. A later version may add kinds, which are passed over, and members of
/// the header: after those above stands, from version 2 on, how many bytes more it has (2 bytes) and then these. What is
/// no JSON object is passed over too: no socket is closed for it.
///
/// Changes are told in version 2, whose 8 bytes more are the `seq` of the message.
enum RelayEnvelope {
    private static let version: UInt8 = 1
    private static let versionOfChanges: UInt8 = 2
    private static let headerBytes = 50
    private static let nobody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    static func seal(_ signal: RoomSignal, origin: UInt64) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: headerBytes + signal.frame.count)
        buffer.writeInteger(signal.kind == .change ? versionOfChanges : version)
        buffer.writeInteger(signal.kind.rawValue)
        buffer.writeInteger(origin)
        buffer.writeInteger(signal.seq)
        withUnsafeBytes(of: signal.roomID.uuid.uuid) { _ = buffer.writeBytes($0) }
        withUnsafeBytes(of: (signal.userID?.uuid ?? nobody).uuid) { _ = buffer.writeBytes($0) }
        if signal.kind == .change {
            buffer.writeInteger(UInt16(8))
            buffer.writeInteger(signal.messageSeq)
        }
        buffer.writeBytes(signal.frame)
        return buffer
    }

    /// Nil for what `origin` itself sent, and for what another version of this service sends that we do not know.
    static func open(_ payload: ByteBuffer, except origin: UInt64) -> RoomSignal? {
        var payload = payload
        guard let sent = payload.readInteger(as: UInt8.self), sent >= version,
            let kind = payload.readInteger(as: UInt8.self),
            let sender = payload.readInteger(as: UInt64.self), sender != origin,
            let seq = payload.readInteger(as: Int64.self), let room = payload.readUUID(), let user = payload.readUUID(),
            let kind = RoomSignal.Kind(rawValue: kind)
        else { return nil }
        var more = ByteBuffer()
        if sent > version {
            guard let length = payload.readInteger(as: UInt16.self), let slice = payload.readSlice(length: Int(length))
            else { return nil }
            more = slice
        }
        let messageSeq: Int64 = kind == .change ? more.readInteger() ?? -1 : 0
        guard seq >= 0, messageSeq >= 0, payload.isObject || !kind.hasFrame else { return nil }
        return RoomSignal(
            kind, roomID: RoomID(room), seq: seq, messageSeq: messageSeq, userID: user == nobody ? nil : UserID(user),
            frame: Array(payload.readableBytesView))
    }
}

extension ByteBuffer {
    /// As far as its ends tell.
    fileprivate var isObject: Bool {
        let bytes = readableBytesView
        return bytes.first == UInt8(ascii: "{") && bytes.last == UInt8(ascii: "}")
    }

    fileprivate mutating func readUUID() -> UUID? {
        guard readableBytes >= 16 else { return nil }
        let uuid = withUnsafeReadableBytes { $0.loadUnaligned(as: uuid_t.self) }
        moveReaderIndex(forwardBy: 16)
        return UUID(uuid: uuid)
    }
}
