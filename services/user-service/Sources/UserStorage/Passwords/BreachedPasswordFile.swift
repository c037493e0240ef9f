import Crypto
import DomainKit
import Foundation
public import UserDomain

/// Passwords from breaches by their SHA-1 hashes, in a file as the downloader of Pwned Passwords writes it. No network is asked.
public final class BreachedPasswordFile: BreachedPasswords {
    private let hashes: SortedHashFile
    /// Of its own, since it waits for a disk.
    private let queue = DispatchQueue(label: "breached-passwords")

    /// Fails, in words for an operator, where it is missing or cannot be searched.
    public init(path: String) throws {
        hashes = try SortedHashFile(path: path)
    }

    /// Fails: unavailable.
    public func contains(_ password: Password) async throws -> Bool {
        let hash = Insecure.SHA1.hash(data: password.bytes).flatMap { [Self.digit($0 >> 4), Self.digit($0 & 0x0F)] }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { [hashes] in
                do throws(SortedHashFile.Unusable) {
                    continuation.resume(returning: try hashes.contains(hash))
                } catch {
                    continuation.resume(throwing: Failure.unavailable("breached-passwords", cause: error))
                }
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
