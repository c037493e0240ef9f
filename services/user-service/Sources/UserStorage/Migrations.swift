public import Foundation

/// The statements that make the service's tables, in the order of their names.
public enum Migrations {
    public static var directory: URL {
        Bundle.module.bundleURL.appending(path: "Migrations", directoryHint: .isDirectory)
    }
}
