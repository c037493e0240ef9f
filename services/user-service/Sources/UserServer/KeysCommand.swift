import ArgumentParser
import DomainKit
import Foundation
import Logging
import Postgres
import ServiceKit
import UserDomain
import UserStorage

/// `keys rotate`: what `serve` does by itself every SIGNING_KEY_DAYS. `keys reseal`: what another KEY_ENCRYPTION_KEY needs.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Look after the keys that sign access tokens.",
        subcommands: [Rotate.self, Reseal.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Let the next key sign from now on, and publish one that follows it.",
            discussion: """
                Replicas sign with it within ten seconds. The former key stays published while its tokens live. Refused while \
                the next key has been published for less than SIGNING_KEY_PUBLISHED_SECONDS, as verifiers may not know it \
                yet; 0 there forces it.
                """)

        func run() async throws {
            let (config, boot) = try UserServer.boot()
            do {
                let wiring = try UserWiring(config, logger: boot.logger)
                let rotation = try await wiring.database.closing {
                    try await wiring.keyring.rotate(config.signingKeys)
                }
                print(try Self.told(rotation, config.signingKeys))
            } catch let failure as Failure {
                let cause = failure.cause.map { " (\($0))" } ?? ""
                FileHandle.standardError.write(Data("keys rotate: \(failure.message)\(cause)\n".utf8))
                throw ExitCode(1)
            }
        }

        private static func told(_ rotation: SigningKeyRotation, _ rules: SigningKeyRules) throws -> String {
            switch rotation {
            case .rotated(let signing, let next, let retired):
                return "signing \(signing)\nnext \(next)\nretired \(retired)"
            case .notDue: return "not due"
            case .tooEarly(let age):
                throw Failure(
                    .conflict, code: "user.key-too-new",
                    message: "The next key has been published for \(age.components.seconds) s, and signs after "
                        + "\(rules.publishedFor.components.seconds) s.")
            }
        }
    }

    struct Reseal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reseal",
            abstract:
                "Seal with KEY_ENCRYPTION_KEY what another key has sealed until now: signing keys, second factors.",
            discussion: """
                The former key is read from the first line of standard input, in base64. All signing keys are sealed anew or \
                none, the secrets of second factors one by one; doing it again changes nothing more. Replicas that have the \
                former key go on signing with what they hold in memory until they are restarted, and can check no codes.
                """)

        func run() async throws {
            let (config, boot) = try UserServer.boot()
            do {
                guard
                    let former = readLine().flatMap({ Data(base64Encoded: $0) }).flatMap(KeyEncryptionKey.init(bytes:))
                else { throw Self.noFormerKey }
                guard let present = KeyEncryptionKey(bytes: config.keyEncryptionKey) else {
                    throw UserWiring.UnusableKey()
                }
                let wiring = try UserWiring(config, logger: boot.logger)
                let keys = PostgresSigningKeys(database: wiring.database, sealing: present, logger: boot.logger)
                let factors = PostgresSecondFactors(database: wiring.database, key: present)
                let (resealed, secrets) = try await wiring.database.closing {
                    (try await keys.reseal(from: former), try await factors.reseal(from: former))
                }
                print("sealed anew: \(resealed + secrets.resealed)")
                guard secrets.shut == 0 else { throw Self.secretsStayShut(secrets.shut) }
            } catch let failure as Failure {
                let cause = failure.cause.map { " (\($0))" } ?? ""
                FileHandle.standardError.write(Data("keys reseal: \(failure.message)\(cause)\n".utf8))
                throw ExitCode(1)
            }
        }

        private static func secretsStayShut(_ count: Int) -> Failure {
            Failure(
                .conflict, code: "user.second-factors-stay-shut",
                message: "Neither key opens the secrets of \(count) second factors; all others are sealed anew.")
        }

        private static var noFormerKey: Failure {
            Failure(
                .invalidInput, code: "user.former-key-missing",
                message: "The first line of standard input must be the former key: 32 bytes in base64.")
        }
    }
}
