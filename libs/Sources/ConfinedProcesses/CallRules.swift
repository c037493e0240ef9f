import CSystemCalls
import Foundation

/// What this process and what it becomes may ask of the kernel (seccomp(2)): anything that decoding a film takes, but no sockets, no
/// namespaces, no look into other processes and no word to them, and none of the calls that kernels were broken by most.
struct CallRules {
    /// One step of a filter: struct sock_filter.
    private struct Step {
        var code: UInt16
        var ifTrue: UInt8 = 0
        var ifFalse: UInt8 = 0
        var value: UInt32
    }

    private enum Code {
        static let load: UInt16 = 0x20  // BPF_LD | BPF_W | BPF_ABS
        static let equals: UInt16 = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
        static let atLeast: UInt16 = 0x35  // BPF_JMP | BPF_JGE | BPF_K
        static let anyOf: UInt16 = 0x45  // BPF_JMP | BPF_JSET | BPF_K
        static let answer: UInt16 = 0x06  // BPF_RET | BPF_K
    }

    private enum Answer {
        static let kill: UInt32 = 0x8000_0000
        static let allow: UInt32 = 0x7FFF_0000
        static func fail(_ code: Int32) -> UInt32 { 0x0005_0000 | UInt32(code) }
    }

    /// Where struct seccomp_data has the call's number, the machine's kind, and the low half of the first argument.
    private enum Place {
        static let number: UInt32 = 0
        static let machine: UInt32 = 4
        static let first: UInt32 = 16
    }

    #if arch(x86_64)
        private static let machine: UInt32 = 0xC000_003E
    #elseif arch(arm64)
        private static let machine: UInt32 = 0xC000_00B7
    #endif

    private static let refused: [Int32] = [
        SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_ptrace, SYS_process_vm_readv,
        SYS_process_vm_writev, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_kill, SYS_tkill,
        SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root,
        SYS_chroot, SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
        SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_keyctl, SYS_add_key, SYS_request_key,
        SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff,
        SYS_fsopen, SYS_fsmount, SYS_open_tree, SYS_move_mount, SYS_mount_setattr, SYS_setpriority, SYS_personality,
    ]
    /// The flags of clone(2) that make namespaces.
    private static let namespaces: UInt32 = 0x7E02_0080

    private var steps: [Step] {
        var steps = [
            Step(code: Code.load, value: Place.machine),
            Step(code: Code.equals, ifTrue: 1, value: Self.machine), Step(code: Code.answer, value: Answer.kill),
            Step(code: Code.load, value: Place.number),
            // The other calls of x86-64 (x32), which nobody has.
            Step(code: Code.atLeast, ifFalse: 1, value: 0x4000_0000),
            Step(code: Code.answer, value: Answer.fail(ENOSYS)),
        ]
        func refuse(_ call: Int32, _ code: Int32) {
            steps += [
                Step(code: Code.equals, ifFalse: 1, value: UInt32(call)),
                Step(code: Code.answer, value: Answer.fail(code)),
            ]
        }
        for call in Self.refused { refuse(call, EPERM) }
        // Its flags lie in memory, where no filter looks; whoever finds it missing takes clone.
        refuse(SYS_clone3, ENOSYS)
        steps += [
            Step(code: Code.equals, ifFalse: 4, value: UInt32(SYS_clone)),
            Step(code: Code.load, value: Place.first),
            Step(code: Code.anyOf, ifFalse: 1, value: Self.namespaces),
            Step(code: Code.answer, value: Answer.fail(EPERM)), Step(code: Code.answer, value: Answer.allow),
            // Its own threads, as abort(3) does. It keeps its number when it becomes another program.
            Step(code: Code.equals, ifFalse: 4, value: UInt32(SYS_tgkill)),
            Step(code: Code.load, value: Place.first),
            Step(code: Code.equals, ifTrue: 1, value: UInt32(getpid())),
            Step(code: Code.answer, value: Answer.fail(EPERM)), Step(code: Code.answer, value: Answer.allow),
            Step(code: Code.answer, value: Answer.allow),
        ]
        return steps
    }

    /// For this process; `PR_SET_NO_NEW_PRIVS` must be set.
    func apply() throws(RestrictionFault) {
        let steps = steps
        let result = steps.withUnsafeBufferPointer { steps in
            // struct sock_fprog: how many, and where.
            let program: [UInt] = [UInt(steps.count), UInt(bitPattern: steps.baseAddress)]
            return program.withUnsafeBytes {
                system_call(Int(SYS_seccomp), 1, 0, UInt(bitPattern: $0.baseAddress), 0)
            }
        }
        guard result == 0 else { throw RestrictionFault(step: "seccomp", code: errno) }
    }
}
