// What Swift's Glibc module leaves out.
#pragma once
#include <malloc.h>
