// System calls that glibc has no function for, and `syscall(2)` and `prctl(2)` themselves, which take any number of arguments and are
// therefore none to Swift.
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline long system_call(long number, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return syscall(number, a, b, c, d);
}

static inline int process_control(int option, unsigned long a) { return prctl(option, a, 0, 0, 0); }
