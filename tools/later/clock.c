/* A calendar that runs some days ahead, for a process that preloads this (Linux, glibc).

   LATER_SECONDS is how far ahead. Only the time of day moves: monotonic clocks, sleeps and the times of
   files stay as they are. A wait until a moment of the moved calendar is turned back before the kernel
   sees it. Every program that such a process starts runs ahead, too, whatever environment it is given. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long long ahead;
static char seconds[64] = "LATER_SECONDS=", preload[4096] = "LD_PRELOAD=";

__attribute__((constructor)) static void begin(void) {
  const char *told = getenv("LATER_SECONDS"), *library = getenv("LD_PRELOAD");
  if (!told || !library) return;
  ahead = atoll(told);
  strncat(seconds, told, sizeof seconds - strlen(seconds) - 1);
  strncat(preload, library, sizeof preload - strlen(preload) - 1);
}

/* Reading the calendar. */

static int is_calendar(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static __typeof__(&clock_gettime) real;
  if (!real) real = REAL(clock_gettime);
  int failed = real(clock, now);
  if (!failed && is_calendar(clock)) now->tv_sec += ahead;
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now) *now = exact.tv_sec;
  return exact.tv_sec;
}

/* Waiting for a moment. One of the moved calendar lies far beyond the kernel's; others, and those of
   monotonic clocks, which count from the start of the machine, do not. */

static const struct timespec *back(const struct timespec *until, struct timespec *room) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (!until || until->tv_sec < now.tv_sec - ahead / 2) return until;
  *room = *until;
  room->tv_sec -= ahead;
  return room;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left) {
  struct timespec room;
  if (flags & TIMER_ABSTIME) until = back(until, &room);
  return REAL(clock_nanosleep)(clock, flags, until, left);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
  struct timespec room;
  return REAL(pthread_cond_timedwait)(cond, mutex, back(until, &room));
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
  struct timespec room;
  return REAL(sem_timedwait)(sem, back(until, &room));
}

long syscall(long number, ...) {
  long a[6];
  struct timespec room;
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_futex && (a[1] & FUTEX_CLOCK_REALTIME)) a[3] = (long)back((void *)a[3], &room);
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Starting programs. */

static int has(char *const *list, const char *name) {
  size_t length = strlen(name);
  for (; list && *list; list++)
    if (strncmp(*list, name, length) == 0 && (*list)[length] == '=') return 1;
  return 0;
}

static size_t count(char *const *list) {
  size_t length = 0;
  while (list && list[length]) length++;
  return length;
}

static void complete(char *const *given, char **whole) {
  for (char *const *each = given; each && *each; each++) *whole++ = *each;
  if (ahead && !has(given, "LATER_SECONDS")) *whole++ = seconds;
  if (ahead && !has(given, "LD_PRELOAD")) *whole++ = preload;
  *whole = NULL;
}

int execve(const char *path, char *const arguments[], char *const environment[]) {
  char *whole[count(environment) + 3];
  complete(environment, whole);
  return REAL(execve)(path, arguments, whole);
}

int execv(const char *path, char *const arguments[]) { return execve(path, arguments, environ); }

int execvpe(const char *file, char *const arguments[], char *const environment[]) {
  char *whole[count(environment) + 3];
  complete(environment, whole);
  return REAL(execvpe)(file, arguments, whole);
}

int execvp(const char *file, char *const arguments[]) { return execvpe(file, arguments, environ); }

int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attributes,
                char *const arguments[restrict], char *const environment[restrict]) {
  char *whole[count(environment) + 3];
  complete(environment, whole);
  return REAL(posix_spawn)(pid, path, actions, attributes, arguments, whole);
}
