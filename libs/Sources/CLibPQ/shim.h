#include <libpq-fe.h>

// What the thread that drives a connection waits with; Glibc's own module leaves these two headers out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
