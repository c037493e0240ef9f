import CArgon2

/// libargon2, one hash at a time on the calling thread.
enum Argon2id {
    struct Refused: Error, CustomStringConvertible {
        let code: Int32
        var description: String { "argon2: \(String(cString: argon2_error_message(code)))" }
    }

    static func hash(
        _ password: [UInt8], salt: [UInt8], effort: Argon2Effort, length: Int, memory: LaneMemory
    ) throws(Refused) -> [UInt8] {
        var (password, salt) = (password, salt)
        var output = [UInt8](repeating: 0, count: length)
        let code = output.withUnsafeMutableBufferPointer { output in
            password.withUnsafeMutableBufferPointer { password in
                salt.withUnsafeMutableBufferPointer { salt in
                    var context = Argon2_Context()
                    context.out = output.baseAddress
                    context.outlen = UInt32(output.count)
                    context.pwd = password.baseAddress
                    context.pwdlen = UInt32(password.count)
                    context.salt = salt.baseAddress
                    context.saltlen = UInt32(salt.count)
                    context.t_cost = effort.passes
                    context.m_cost = effort.memoryKiB
                    context.lanes = effort.lanes
                    context.threads = 1
                    context.version = ARGON2_VERSION_13.rawValue
                    context.allocate_cbk = LaneMemory.allocate
                    context.free_cbk = LaneMemory.free
                    context.flags = UInt32(1)  // ARGON2_FLAG_CLEAR_PASSWORD, a macro Swift does not see
                    return memory.lend { argon2_ctx(&context, Argon2_id) }
                }
            }
        }
        guard code == ARGON2_OK.rawValue else { throw Refused(code: code) }
        return output
    }
}
