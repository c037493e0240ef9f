import Foundation
import PlatformTesting
import SealedSecrets
import Testing

@Suite struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "SealedSecrets"))
    }

    @Test func `the example does what it says`() throws {
        let keys = (1...2 as ClosedRange<UInt8>).map { Data(repeating: $0, count: 32).base64EncodedString() }
        var notebook = try Notebook(setting: "old:\(keys[0])")
        for owner in ["ann", "bob", "eve"] { try notebook.write("\(owner)'s note", for: owner) }
        #expect(try notebook.renew(atMost: 10) == 0)
        var rotated = try Notebook(setting: "new:\(keys[1]) old:\(keys[0])", rows: notebook.kept)
        #expect(try rotated.read(for: "ann") == "ann's note")
        #expect(try rotated.renew(atMost: 2) == 1)
        #expect(try rotated.renew(atMost: 2) == 0)
        let alone = try Notebook(setting: "new:\(keys[1])", rows: rotated.kept)
        #expect(try alone.read(for: "eve") == "eve's note")
        #expect(throws: CannotOpen.unknownKey("old")) {
            _ = try Notebook(setting: "new:\(keys[1])", rows: notebook.kept).read(for: "ann")
        }
    }
}
