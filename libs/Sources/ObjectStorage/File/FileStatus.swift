import Foundation

extension ObjectInfo {
    init(_ key: ObjectKey, _ status: stat) {
        self.init(key: key, size: Int64(status.st_size), etag: status.etag, modified: status.modified)
    }
}

extension ObjectPart {
    init(_ number: Int, _ status: stat) {
        self.init(number: number, etag: status.etag, size: Int64(status.st_size))
    }
}

extension stat {
    /// A stored file never changes in place, so its number, time and size tell it from any other that had its name.
    fileprivate var etag: String {
        // Somebody may have set the time of a file to anything, before 1970 too: bits, not sums.
        let times = [st_mtim.tv_sec, st_mtim.tv_nsec, st_size].map { UInt64(bitPattern: Int64($0)) }
        return ([UInt64(st_ino)] + times).map { String($0, radix: 16) }.joined(separator: "-")
    }

    var modified: Date {
        Date(timeIntervalSince1970: Double(st_mtim.tv_sec) + Double(st_mtim.tv_nsec) / 1e9)
    }
}
