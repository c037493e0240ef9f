import Foundation
import Glibc

/// What this machine, or pod, is called. Asks nobody on the network.
enum HostName {
    static var current: String {
        var name = [UInt8](repeating: 0, count: 256)
        let isKnown = name.withUnsafeMutableBytes { gethostname($0.baseAddress, $0.count - 1) == 0 }
        return isKnown ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
    }
}
