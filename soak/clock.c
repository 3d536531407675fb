/* A wall clock that is set while a program runs: loaded before the C library (LD_PRELOAD).

   What the clock is off by stands, in seconds, in the eight bytes of the file that SOAK_CLOCK names.
   Only the wall clock is; what passes (CLOCK_MONOTONIC) passes as ever, as on a machine whose
   clock somebody sets. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *off;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("SOAK_CLOCK");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  void *page;
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  if (file < 0) return;
  page = mmap(NULL, sizeof *off, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) off = page;
}

int clock_gettime(clockid_t which, struct timespec *told) {
  int result;
  if (!real_clock_gettime) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  result = real_clock_gettime(which, told);
  if (!result && off && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) told->tv_sec += *off;
  return result;
}

int gettimeofday(struct timeval *restrict told, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
  told->tv_sec = now.tv_sec;
  told->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *told) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (told) *told = now.tv_sec;
  return now.tv_sec;
}
