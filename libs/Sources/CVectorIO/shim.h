// What Swift's Glibc module leaves out.
#pragma once
#include <sys/types.h>
#include <sys/uio.h>

// Declared by <sys/uio.h> only with _GNU_SOURCE, which a module cannot turn on for another.
extern ssize_t preadv2(int descriptor, const struct iovec *vectors, int count, off_t offset, int flags);

// RWF_NOWAIT of <linux/fs.h>.
static const int read_without_waiting = 0x8;
