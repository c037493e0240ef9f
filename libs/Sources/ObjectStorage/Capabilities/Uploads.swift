public import struct Foundation.Date
public import NIOCore

/// Objects can come in several steps, invisible until the last made them whole: begin, bring the bytes, complete or abort.
///
/// How bytes are brought is said by `PartUploading` and `TailUploading`; of one upload only one of them is used.
public protocol ObjectUploading: Sendable {
    /// Begins an upload. Nothing can be read under `key` until it is completed.
    func begin(_ key: ObjectKey) async throws -> ObjectUpload

    /// Gives the bytes of an upload up. An unknown upload is success.
    func abort(_ upload: ObjectUpload) async throws

    /// Uploads under way that began before `date`, a page behind the one whose `next` is `mark`. One that was written to
    /// since may be left out: it is nothing to clear away yet.
    func uploads(begunBefore date: Date, after mark: String?) async throws -> ObjectPage<ObjectUpload>
}

/// Uploads can be of numbered parts, large and immutable, that come in any order and from several hands.
public protocol PartUploading: ObjectUploading {
    var partLimits: PartLimits { get }

    /// Stores `bytes` as part `number`, durable when this returns, in the place of one that was there.
    ///
    /// Fails: `uploadNotFound`; `badPart` beyond the limits, or when there are not exactly `size` bytes: then nothing is
    /// stored.
    func put<Bytes: AsyncSequence & Sendable>(
        _ bytes: Bytes, size: Int64, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart where Bytes.Element == ByteBuffer

    /// The parts that were put, by number, at most 1,000 of those behind `number`. Fails: `uploadNotFound`.
    func parts(of upload: ObjectUpload, after number: Int) async throws -> [ObjectPart]

    /// Makes the object of `parts`, durable before this returns and visible all at once; other parts are given up.
    ///
    /// Fails: `badPart` for none at all, for numbers that do not grow, for one that is not there as it was put, and for a
    /// small one that is not the last: then the upload stays as it is. `uploadNotFound` unless the object is there with
    /// that size, as after a lost reply.
    func complete(_ upload: ObjectUpload, of parts: [ObjectPart]) async throws -> ObjectInfo
}

/// Uploads can grow at their tail: every byte of it is durable that a flush covered, however few have come.
public protocol TailUploading: ObjectUploading {
    associatedtype Writer: ObjectWriter

    /// Where the last flush ended. Fails: `uploadNotFound`.
    func stored(_ upload: ObjectUpload) async throws -> Int64

    /// Goes on at `offset`, where the last flush ended or the one before it; bytes behind it are given up.
    ///
    /// Who notes the end of each flush before the next one always knows one of the two, whatever was killed in between. A
    /// store of immutable parts can go back no further. One writer at a time: the caller sees to it.
    /// Fails: `uploadNotFound`, `wrongOffset`.
    func writer(to upload: ObjectUpload, at offset: Int64) async throws -> Writer

    /// Makes the `size` bytes that are stored the object, durable before this returns and visible all at once.
    ///
    /// Fails: `incomplete`; `uploadNotFound` unless the object is there with that size, as after a lost reply.
    func complete(_ upload: ObjectUpload, size: Int64) async throws -> ObjectInfo
}

/// Writes one upload from one offset on. For one task at a time.
public protocol ObjectWriter: Sendable {
    /// Takes `bytes`; waits while more is under way than memory should hold. They are safe only after `flush`. Cancelling
    /// ends the wait: they are taken all the same.
    func write(_ bytes: ByteBuffer) async throws

    /// Makes everything taken so far durable; returns where the durable bytes end.
    func flush() async throws -> Int64
}
