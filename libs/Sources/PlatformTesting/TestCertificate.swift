internal import Foundation

/// A certificate that is its own authority, in files that are gone with this object.
public final class TestCertificate: Sendable {
    /// PEM files.
    public let file: String
    public let keyFile: String
    private let folder: URL

    /// A certificate for one IP address, good for two days. Fails when there is no `openssl` program.
    public init(address: String) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "test-certificate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        (file, keyFile) = (folder.path + "/own.crt", folder.path + "/own.key")
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:\(address)", "-keyout", keyFile,
            "-out", file,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        // A server may run as another user than the test; what this key protects is nothing.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keyFile)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }
}
