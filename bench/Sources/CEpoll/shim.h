// What Swift's Glibc module leaves out.
#pragma once
#include <stddef.h>
#include <sys/epoll.h>

// Declared by <string.h> only with _GNU_SOURCE, which a module cannot turn on for another.
extern void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);
