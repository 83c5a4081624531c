#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the run with a finding: a promise of the code does not hold.
#define HERALD_EXPECT(condition)                                               \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__,    \
                   #condition);                                                \
      std::abort();                                                            \
    }                                                                          \
  } while (false)

/// What every target defines: takes any bytes, answers 0.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      unsigned long size);
