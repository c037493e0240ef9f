import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#endif

/// The system's own socket under a channel, for frames that need none of what a channel does for them.
///
/// Most frames find nothing before them and room in the kernel's buffer. Handing such a frame to the kernel ourselves
/// halves the user-space cost of a delivery; whatever the kernel does not take at once goes through the channel, which
/// knows how to wait.
struct DirectSocket {
    private let descriptor: CInt

    /// Nil where bytes must not go past the channel: under TLS, and on channels that are no system sockets.
    init?(_ pipeline: ChannelPipeline.SynchronousOperations) {
        #if canImport(Glibc)
            guard (try? pipeline.context(handlerType: NIOSSLServerHandler.self)) == nil,
                (try? pipeline.context(handlerType: NIOSSLClientHandler.self)) == nil
            else { return nil }
            let transport = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
            guard let transport else { return nil }
            descriptor = transport
        #else
            return nil
        #endif
    }

    enum Outcome {
        case sentAll
        /// So many of the first bytes; the rest has to wait.
        case sentSome(Int)
        case failed(IOError)
    }

    /// Must not be called once the channel is closed: the number may be another file's by then.
    func send(_ bytes: ByteBuffer) -> Outcome {
        #if canImport(Glibc)
            bytes.withUnsafeReadableBytes { buffer in
                let flags = CInt(truncatingIfNeeded: MSG_DONTWAIT) | CInt(truncatingIfNeeded: MSG_NOSIGNAL)
                let count = Glibc.send(descriptor, buffer.baseAddress, buffer.count, flags)
                if count == buffer.count { return .sentAll }
                if count >= 0 { return .sentSome(count) }
                switch errno {
                case EAGAIN, EWOULDBLOCK, EINTR, ENOBUFS: return .sentSome(0)
                default: return .failed(IOError(errnoCode: errno, reason: "send"))
                }
            }
        #else
            return .sentSome(0)
        #endif
    }
}
