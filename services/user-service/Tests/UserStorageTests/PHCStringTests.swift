import Testing

@testable import UserStorage

@Suite struct PHCStringTests {
    @Test func `a hash in text is read back`() {
        let phc = PHCString(
            effort: Argon2Effort(), salt: Array(0..<16), hash: (0..<32).map { UInt8($0) &* 7 })
        #expect(PHCString(phc.text) == phc)
        #expect(phc.text.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$"))
    }

    @Test(arguments: [
        "", "$", "$argon2i$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=16$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=4294967295,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=19456,t=2$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=19456,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=19456,t=2,p=0$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=7,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=19456,t=2,p=1$AAE$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0O$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODxA$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw==$AAECAwQFBgcICQoLDA0ODw",
        "$2b$12$abcdefghijklmnopqrstuv",
    ])
    func `other texts are no hash of ours`(text: String) {
        #expect(PHCString(text) == nil)
    }
}
