import Foundation
public import HTTPKit

extension AccessTable {
    /// `docs/api/access-<service>.txt`: the table as it is committed, for the checks of gateway and mesh to read.
    /// `<service>-service routes` prints it.
    public static func published(of service: String) throws -> String {
        var root = URL(filePath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        return try String(contentsOf: root.appending(path: "docs/api/access-\(service).txt"), encoding: .utf8)
    }
}
