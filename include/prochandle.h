/* SPDX-License-Identifier: MIT */

/*
 * prochandle: hold the process, not its number.
 *
 * A pid is a number that the kernel gives to the next process as soon as the
 * old one has been reaped. A struct ph_process names one process for as long
 * as you hold it: what was true of it stays true, and nothing that you do
 * through it reaches a stranger.
 *
 *	struct ph_process *process;
 *	struct ph_exit how;
 *	int r;
 *
 *	r = ph_find(pid, &process);
 *	if (r < 0)
 *		return r;			(-ESRCH: there is none)
 *	r = ph_kill(process, SIGTERM, PH_ONE);
 *	if (r == 0)
 *		r = ph_wait(process, 5000, &how);
 *	process = ph_unref(process);
 *
 * Rules that hold for every call:
 *
 * - Return: 0, or a positive value that the comment lists, or a negative errno
 *   value. errno itself is neither used nor promised.
 * - -ESRCH has one meaning: that process is gone.
 * - Out-parameters come last and are named ret_. A call that makes a handle
 *   stores NULL in it when it fails; every other one is left untouched.
 * - A NULL handle is -EINVAL, as is a NULL out-parameter unless the comment
 *   allows it.
 * - Any call may be made on any handle from any thread, as long as the caller
 *   holds a reference. No call holds a lock while it sleeps. Only those that
 *   sleep are cancellation points, and say so.
 * - In a forked child an inherited handle still names the same process. What
 *   is not a child of the calling process is waited for as such.
 * - Every descriptor is close-on-exec from birth. A handle holds one, or none
 *   (see ph_fd()); so does a child that is to be reaped later (see ph_spawn());
 *   nothing else stays open.
 * - The library installs no signal handler, starts no thread, never waits for
 *   children that you did not name, and prints nothing.
 * - Calls that are safe in a signal handler say so.
 *
 * prochandle(7) tells what each kernel gives; prochandle(3) is the index.
 */

#ifndef PROCHANDLE_H
#define PROCHANDLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PH_VERSION_MAJOR 0
#define PH_VERSION_MINOR 1
#define PH_VERSION_PATCH 0

/** struct ph_process - a handle; opaque, made by a find or a spawn, counted by reference */
struct ph_process;

/* ------------------------------------------------------------------------
 * Get hold of a process
 */

/**
 * ph_find() - get a handle on the process that has this pid now
 * @pid: a process id, greater than 0
 * @ret_process: the handle; release it with ph_unref()
 *
 * The look-up is strict: a process that does not exist is an error at once and
 * on every system, and so is the id of a thread. A zombie still exists. A
 * descriptor table that is full is an error, never a weaker handle.
 *
 * With the setting osfinderr=0 nothing is looked up: the handle is the bare
 * number, PH_UNCHECKED, and the metric of that setting counts one event.
 *
 * Return: 0, or
 *   -EINVAL   @pid is 0 or negative
 *   -ESRCH    there is no such process
 *   -ENOENT   @pid is the id of a thread; its process has another one
 *   -EMFILE   the descriptor table of the calling process is full
 *   -ENFILE   the descriptor table of the system is full
 *   -ENOMEM   out of memory
 *   -EAGAIN   under a seccomp filter, until it is known what that allows: no
 *             process could be made to find out safely
 *
 * Kernel: PH_PINNED from Linux 5.4 on; below that PH_CHECKED, and PH_UNCHECKED
 * where no /proc like that of Linux shows the process. Since: 0.1
 */
int ph_find(pid_t pid, struct ph_process **ret_process);

/**
 * ph_find_id() - get a handle on the process that ph_id() once named
 * @id: "PID:INODE", ":INODE" or "PID:tTICKS", each also with "@BOOTID"
 * @ret_process: the handle; release it with ph_unref()
 *
 * "PID:INODE" is the notation of kill(1), waitpid(1) and getino(1) of
 * util-linux. ":INODE" looks the inode up by itself and finds the process
 * from inside any pid namespace that can see it, where it may have another
 * number; with one, that has to be its own here. Numbers are decimal, without
 * sign, blank or leading zero. osfinderr does not apply: an identity is always
 * checked.
 *
 * Return: 0, or
 *   -EINVAL   @id is NULL or none of these spellings
 *   -ESRCH    there is no process with that pid any more (or that inode)
 *   -ESTALE   the pid belongs to another process now, or @id is from another
 *             boot
 *   -ENOTSUP  the identity is of a kind that this kernel (or the settings in
 *             force) cannot compare: an inode needs Linux 6.9, ticks need /proc
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Since: 0.1
 */
int ph_find_id(const char *id, struct ph_process **ret_process);

/**
 * ph_from_fd() - get a handle on the process that a pidfd refers to
 * @pidfd: a pidfd, from wherever; it is duplicated and stays yours
 * @ret_process: the handle; release it with ph_unref()
 *
 * Return: 0, or
 *   -EBADF    @pidfd is not open, or is not a pidfd
 *   -ESRCH    the process has been reaped
 *   -ENOENT   @pidfd refers to a thread (PIDFD_THREAD)
 *   -EREMOTE  the process is outside the pid namespace of the caller
 *   -ENOTSUP  pidfds are not available, or the number of the process cannot be
 *             told: that needs /proc or Linux 6.13
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Since: 0.1
 */
int ph_from_fd(int pidfd, struct ph_process **ret_process);

/**
 * ph_find_peer() - get a handle on the process at the other end of a socket
 * @socket: a connected unix socket; it stays yours
 * @ret_process: the handle; release it with ph_unref()
 *
 * It is the process that called connect(2), listen(2) or socketpair(2), not
 * whoever holds the socket now: a descriptor that was passed on or inherited
 * still names the one that made the connection, even after its end.
 *
 * Return: 0 the kernel says so; PH_UNVERIFIED before Linux 6.5: it is the
 * process that has the number of the peer now, which may be a successor; or
 *   -EBADF    @socket is not open
 *   -ENOTSOCK it is not a socket
 *   -ENODATA  it has no peer that the kernel knows: not connected, or not a unix
 *             socket
 *   -ESRCH    the peer has been reaped; from Linux 6.16 on there is a handle all
 *             the same (unless the setting peerpidfd or pidfd forbids it), on
 *             which ph_wait() tells how it ended
 *   -EREMOTE  the peer is outside the pid namespace of the caller
 *   -ENOTSUP  the number of the peer cannot be told here
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Since: 0.1
 */
int ph_find_peer(int socket, struct ph_process **ret_process);

/**
 * ph_self() - get a handle on the calling process
 * @ret_process: the handle; release it with ph_unref()
 *
 * Return: 0, or -EMFILE, -ENFILE, -ENOMEM, -EAGAIN as for ph_find()
 *
 * Since: 0.1
 */
int ph_self(struct ph_process **ret_process);

/**
 * ph_parent() - get a handle on the parent of a process
 * @of: a handle
 * @ret_process: the handle; release it with ph_unref()
 *
 * The parent is the one at the moment of the call: after opening it, it is
 * checked that it is still the parent. A process whose parent dies gets another.
 *
 * Return: 0, or
 *   -ESRCH    the process behind @of is gone
 *   -ENODATA  it has no parent, or one outside the caller's pid namespace
 *   -EREMOTE  it is itself outside the caller's pid namespace
 *   -ENOTSUP  the parent cannot be told: that needs /proc or Linux 6.13
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Since: 0.1
 */
int ph_parent(struct ph_process *of, struct ph_process **ret_process);

/**
 * ph_exists() - ask whether a process has this pid now
 * @pid: a process id, greater than 0
 *
 * Holds nothing: the answer is about this moment, and the number may have
 * another owner in the next. A zombie exists. So does a process that the
 * caller may not signal.
 *
 * Return: 1 there is one, 0 there is none, or
 *   -EINVAL   @pid is 0 or negative
 *   -ENOENT   @pid is the id of a thread
 *
 * Safe in a signal handler, unless the library was built without pidfds.
 * Since: 0.1
 */
int ph_exists(pid_t pid);

/* ------------------------------------------------------------------------
 * Spawn one
 */

/** enum ph_step - what a spawn was about when it failed; 0 is none of them */
enum ph_step {
	/** Reading the options: they contradict each other or are out of range. */
	PH_STEP_OPTIONS = 1,
	/** Getting memory. */
	PH_STEP_MEMORY = 2,
	/** Opening a stream; index is 0 (in), 1 (out) or 2 (err). */
	PH_STEP_STREAM = 3,
	/** Making the process: clone, a pidfd, and what it is born with or in. */
	PH_STEP_CLONE = 4,
	/** Getting a handle on it. */
	PH_STEP_HANDLE = 5,
	/** Putting a descriptor in its place; index is its number in the child. */
	PH_STEP_DESCRIPTOR = 6,
	/** Closing all other descriptors. */
	PH_STEP_CLOSE = 7,
	/** Setting what signals do; index is the signal. */
	PH_STEP_SIGNAL = 8,
	/** Moving into the cgroup. */
	PH_STEP_CGROUP = 9,
	/** Becoming the leader of a session. */
	PH_STEP_SESSION = 10,
	/** Making or joining a process group. */
	PH_STEP_GROUP = 11,
	/** Getting the controlling terminal. */
	PH_STEP_TERMINAL = 12,
	/** Becoming the foreground group of the terminal. */
	PH_STEP_FOREGROUND = 13,
	/** Leaving the time namespace; with the others it is born. */
	PH_STEP_NAMESPACE = 14,
	/** Writing an id map; index is 0 (users) or 1 (groups). */
	PH_STEP_ID_MAP = 15,
	/** Setting the OOM score. */
	PH_STEP_OOM_SCORE = 16,
	/** Setting a limit; index is its place in limits. */
	PH_STEP_LIMIT = 17,
	/** Setting the nice value. */
	PH_STEP_NICE = 18,
	/** Setting the scheduling policy. */
	PH_STEP_POLICY = 19,
	/** Setting the CPUs. */
	PH_STEP_CPUS = 20,
	/** Changing the root directory. */
	PH_STEP_ROOT = 21,
	/** Setting the supplementary groups. */
	PH_STEP_GROUPS = 22,
	/** Setting the group id. */
	PH_STEP_GID = 23,
	/** Setting the user id. */
	PH_STEP_UID = 24,
	/** Setting a capability; index is its number, or -1 for all of them. */
	PH_STEP_CAPABILITY = 25,
	/** Changing the directory. */
	PH_STEP_DIRECTORY = 26,
	/** Setting no_new_privs. */
	PH_STEP_NO_NEW_PRIVS = 27,
	/** Setting the parent-death signal. */
	PH_STEP_DEATH_SIGNAL = 28,
	/** Asking to be traced. */
	PH_STEP_TRACE = 29,
	/** Executing the program: it is not there, or cannot be executed. */
	PH_STEP_EXEC = 30,
	/** The program is there; the interpreter that it names is not. */
	PH_STEP_INTERPRETER = 31,
};

/**
 * ph_step_text() - put a step into words
 * @step: PH_STEP_…
 *
 * Completes "cannot …": "change the directory", "execute the program".
 *
 * Return: a string, valid for ever: never NULL, never translated
 *
 * Safe in a signal handler. Since: 0.1
 */
const char *ph_step_text(int step);

/** struct ph_failure - why a spawn failed */
struct ph_failure {
	/** what ph_spawn() returned: a negative errno value */
	int err;
	/** PH_STEP_… */
	int step;
	/** which of several, as enum ph_step says; otherwise 0 */
	int index;
};

/** enum ph_stream_kind - what a standard stream of the child is */
enum ph_stream_kind {
	PH_STREAM_INHERIT = 0,
	PH_STREAM_NULL = 1,
	PH_STREAM_FILE = 2,
	PH_STREAM_APPEND = 3,
	PH_STREAM_FD = 4,
	PH_STREAM_PIPE = 5,
	PH_STREAM_TO_OUT = 6,
};

/** struct ph_stream - one of the standard streams; use the macros below */
struct ph_stream {
	int32_t kind;
	int32_t fd;
	const char *path;
	int *ret_fd;
};

#ifdef __cplusplus
#define ph_stream_(kind, fd, path, ret_fd) (ph_stream{ kind, fd, path, ret_fd })
#else
#define ph_stream_(kind, fd, path, ret_fd) ((struct ph_stream){ kind, fd, path, ret_fd })
#endif

/** The caller's, unless it is close-on-exec. This is what a stream of zeros is. */
#define PH_INHERIT ph_stream_(PH_STREAM_INHERIT, 0, NULL, NULL)
/** /dev/null */
#define PH_NULL ph_stream_(PH_STREAM_NULL, 0, NULL, NULL)
/** A file: read as in; as out or err it is made if missing, and emptied. */
#define PH_FILE(path) ph_stream_(PH_STREAM_FILE, 0, path, NULL)
/** A file that is made if missing, and written to at its end. */
#define PH_APPEND(path) ph_stream_(PH_STREAM_APPEND, 0, path, NULL)
/** A descriptor of the caller's, who keeps it. */
#define PH_FD(fd) ph_stream_(PH_STREAM_FD, fd, NULL, NULL)
/** A new pipe; the caller owns the end that is stored in *ret_fd. */
#define PH_PIPE(ret_fd) ph_stream_(PH_STREAM_PIPE, 0, NULL, ret_fd)
/** For err: wherever out goes, by a map as well. */
#define PH_TO_OUT ph_stream_(PH_STREAM_TO_OUT, 0, NULL, NULL)

/** struct ph_fd_map - one more descriptor for the child */
struct ph_fd_map {
	/** its number in the child */
	int32_t child;
	/** the caller's descriptor, who keeps it */
	int32_t from;
};

/** struct ph_limit - one resource limit */
struct ph_limit {
	/** RLIMIT_… */
	int32_t resource;
	int32_t unused;
	uint64_t soft;
	uint64_t hard;
};

/** No limit. */
#define PH_UNLIMITED UINT64_MAX

/** struct ph_id_map - one line of the map of a user namespace */
struct ph_id_map {
	/** the first id inside */
	uint32_t inside;
	/** the first id outside */
	uint32_t outside;
	/** how many in a row */
	uint32_t count;
};

/** The bit of a signal in a set of signals. */
#define PH_SIGNAL_BIT(signo) (UINT64_C(1) << ((signo)-1))
/** Every signal. */
#define PH_SIGNAL_ALL UINT64_MAX

/** directory_fd is set. */
#define PH_SPAWN_DIRECTORY_FD (UINT64_C(1) << 0)
/** The environment of the caller is not passed on: only set is. */
#define PH_SPAWN_CLEAR_ENV (UINT64_C(1) << 1)
/** Descriptors that are not close-on-exec stay open in the child. */
#define PH_SPAWN_KEEP_FDS (UINT64_C(1) << 2)
/** The child leads a process group of its own. */
#define PH_SPAWN_NEW_GROUP (UINT64_C(1) << 3)
/** The child leads a session of its own, and a group. */
#define PH_SPAWN_NEW_SESSION (UINT64_C(1) << 4)
/** terminal is set: it becomes the controlling terminal of the new session. */
#define PH_SPAWN_TERMINAL (UINT64_C(1) << 5)
/** terminal is set: the group of the child becomes its foreground group. */
#define PH_SPAWN_FOREGROUND (UINT64_C(1) << 6)
/** uid is set. */
#define PH_SPAWN_UID (UINT64_C(1) << 7)
/** gid is set. */
#define PH_SPAWN_GID (UINT64_C(1) << 8)
/** groups is set. */
#define PH_SPAWN_GROUPS (UINT64_C(1) << 9)
/** The supplementary groups stay, whatever becomes of uid and gid. */
#define PH_SPAWN_KEEP_GROUPS (UINT64_C(1) << 10)
/** umask is set. */
#define PH_SPAWN_UMASK (UINT64_C(1) << 11)
/** nice is set. */
#define PH_SPAWN_NICE (UINT64_C(1) << 12)
/** policy and priority are set. */
#define PH_SPAWN_POLICY (UINT64_C(1) << 13)
/** The signals that the caller blocks stay blocked, with those in blocked. */
#define PH_SPAWN_KEEP_BLOCKED (UINT64_C(1) << 14)
/** The signals that the caller ignores stay ignored, but those in reset. */
#define PH_SPAWN_KEEP_IGNORED (UINT64_C(1) << 15)
/** Set-user-ID programs and the like give nothing to the child. */
#define PH_SPAWN_NO_NEW_PRIVS (UINT64_C(1) << 16)
/** cgroup is set. */
#define PH_SPAWN_CGROUP (UINT64_C(1) << 17)
/** oom_score is set. */
#define PH_SPAWN_OOM_SCORE (UINT64_C(1) << 18)
/** The last ph_unref() kills the child, if it has not ended by then. */
#define PH_SPAWN_KILL_ON_UNREF (UINT64_C(1) << 19)
/** The child is traced by the calling thread, and stops after the exec. */
#define PH_SPAWN_TRACED (UINT64_C(1) << 20)
/** A program that is open for writing is an error at once. */
#define PH_SPAWN_NO_RETRY (UINT64_C(1) << 21)

/** A namespace of its own: user. */
#define PH_NS_USER (1U << 0)
/** A namespace of its own: pid; the child is its first process. */
#define PH_NS_PID (1U << 1)
/** A namespace of its own: mount. */
#define PH_NS_MOUNT (1U << 2)
/** A namespace of its own: net. */
#define PH_NS_NET (1U << 3)
/** A namespace of its own: ipc. */
#define PH_NS_IPC (1U << 4)
/** A namespace of its own: uts. */
#define PH_NS_UTS (1U << 5)
/** A namespace of its own: cgroup. */
#define PH_NS_CGROUP (1U << 6)
/** A namespace of its own: time. Up to Linux 6.1 that needs /proc. */
#define PH_NS_TIME (1U << 7)

/**
 * struct ph_spawn_options - what is out of the ordinary about a child
 *
 * All zero is the sane choice for every field. What has a legal zero counts
 * only if its PH_SPAWN_… flag says that it is set.
 */
struct ph_spawn_options {
	/** a set of PH_SPAWN_… */
	uint64_t flags;
	/** where to say why it failed; written on failure only */
	struct ph_failure *failure;

	/** the program, if it is not what argv[0] says */
	const char *executable;
	/** the whole environment; NULL: that of the caller */
	char *const *environment;
	/** changes to it: "NAME=value" sets, "NAME" unsets; the last one wins */
	char *const *set;
	/** the working directory; relative to directory_fd if that is set */
	const char *directory;
	/** the root directory */
	const char *root;
	int32_t directory_fd;

	/** the terminal for PH_SPAWN_TERMINAL and PH_SPAWN_FOREGROUND */
	int32_t terminal;
	/** the standard streams: PH_INHERIT, PH_NULL, PH_PIPE(&fd) … */
	struct ph_stream in;
	struct ph_stream out;
	struct ph_stream err;
	/** more descriptors; these and the streams are what the child has */
	const struct ph_fd_map *fds;
	uint32_t fds_count;

	/** the process group to join; 0: that of the caller */
	int32_t group;
	/** not UINT32_MAX, which is no id */
	uint32_t uid;
	uint32_t gid;
	/** the supplementary groups */
	const uint32_t *groups;
	const struct ph_limit *limits;
	uint32_t groups_count;
	uint32_t limits_count;
	uint32_t umask;
	/** -20 to 19 */
	int32_t nice;
	/** SCHED_… */
	int32_t policy;
	/** 1 to 99 for the realtime policies, otherwise 0 */
	int32_t priority;
	/** the CPUs to run on: CPU n is bit n % 64 of word n / 64 */
	const uint64_t *cpus;
	uint32_t cpus_count;

	/** the signal that the child gets when its parent dies; 0: none */
	int32_t death_signal;
	/** signals that are blocked in the child */
	uint64_t blocked;
	/** signals that are ignored in the child */
	uint64_t ignored;
	/** signals at their default, in spite of PH_SPAWN_KEEP_IGNORED */
	uint64_t reset;

	/** capabilities that the program has, also if it is not root: bit CAP_… */
	uint64_t capabilities;
	/** a cgroup (v2) to be born in: a descriptor of its directory */
	int32_t cgroup;
	/** a set of PH_NS_… */
	uint32_t namespaces;
	/** maps for PH_NS_USER; none: the caller's own ids, mapped to themselves */
	const struct ph_id_map *uid_map;
	const struct ph_id_map *gid_map;
	uint32_t uid_map_count;
	uint32_t gid_map_count;
	/** -1000 (never) to 1000 (first) */
	int32_t oom_score;
	/** the pid to be born with; 0: any */
	int32_t pid;
};

/**
 * ph_spawn_sized() - what ph_spawn() calls
 * @argv: as for ph_spawn()
 * @options: as for ph_spawn()
 * @size: bytes in @options, which tells what the program knows; 0 if NULL
 * @ret_process: as for ph_spawn()
 *
 * Return: as the other one, among them
 *   -EINVAL   an argument or a field of @options is out of range
 *   -E2BIG    @options has fields that this version does not know
 *
 * Since: 0.1
 */
int ph_spawn_sized(char *const argv[], const struct ph_spawn_options *options, size_t size,
		   struct ph_process **ret_process);

/**
 * ph_spawn() - start a program, and get a handle on it
 * @argv: the arguments, the name of the program first, NULL after the last
 * @options: what is out of the ordinary, or NULL
 * @ret_process: the handle; release it with ph_unref()
 *
 *	struct ph_spawn_options options = { .directory = "/tmp", .out = PH_PIPE(&fd) };
 *	int r = ph_spawn(argv, &options, &process);
 *
 * The program is executed when the call returns 0: what can go wrong before
 * that is returned here, and options.failure tells which step it was. Nothing
 * is left then: no child, no descriptor, no file but one that was made for a
 * stream.
 *
 * Without options the child has the caller's environment, directory and
 * standard streams, no other descriptor, no signal blocked, and every signal at
 * its default. No shell is involved.
 *
 * A program without a slash in its name is looked for in PATH, as the child
 * will have it ("/usr/bin:/bin" if it has none), from the child's working
 * directory, root and rights. A name with a slash is relative to the caller's
 * working directory, also if the child gets another one; with options.root it
 * is relative to the child's. The files of streams are opened by the caller,
 * before anything is changed.
 *
 * Descriptors are moved as if all at once: maps may swap and overlap. A child
 * of which nothing but the handle was inherited costs the same however many
 * descriptors and however much memory the caller has; PH_NS_USER and PH_NS_TIME
 * alone need a fork(2).
 *
 * Order in the child: descriptors, signals, cgroup, session, group, terminal,
 * namespaces, OOM score, limits, scheduling, umask, root, groups, gid, uid,
 * capabilities, directory, no_new_privs, death signal, tracing, exec. With
 * PH_SPAWN_UID or PH_SPAWN_GID the supplementary groups are those in groups, or
 * none, unless PH_SPAWN_KEEP_GROUPS. A death signal follows the thread that
 * made the child, not its process. A traced child that a signal reaches in the
 * moment before its exec stops there, and so does the call, until SIGKILL.
 *
 * The child is a child of the calling process like any other: one SIGCHLD, and
 * wait(2) sees it. A failure sends none, and wait(2) sees nothing of it (but in
 * some emulators). Reap the child with ph_wait(). One that has not been waited for
 * when its last handle is released is reaped by a later ph_spawn(), ph_wait() or
 * ph_unref() (PH_LATE_MAX are remembered at once), so that it does not stay a
 * zombie for ever.
 *
 * PH_SPAWN_KILL_ON_UNREF is kept by ph_unref() in the process that called
 * ph_spawn(): it sends SIGKILL, and does not wait for the end. It does not
 * protect from an end of that process without ph_unref(). With
 * PH_SPAWN_NO_NEW_PRIVS the kernel keeps it, from Linux 7.1 on, when the last
 * copy of the pidfd is closed, in whatever way; there is no SIGCHLD for such a
 * child, and its record is PH_FOREIGN.
 *
 * A program that is open for writing, perhaps in a child of another thread, is
 * tried again for 63 ms, in growing intervals.
 *
 * Return: 0, or a negative errno value, of which these come from the library:
 *   -EINVAL   @argv is NULL or empty, or a field of @options is out of range:
 *             an unknown flag, a descriptor below 0 …
 *   -E2BIG    @options has fields that this version does not know
 *   -ENOENT   the step tells which: the program (PH_STEP_EXEC), its interpreter
 *             (PH_STEP_INTERPRETER), a directory, a file
 *   -ENOEXEC  the program is in no format that the kernel knows
 *   -ETXTBSY  the program is open for writing
 *   -ECANCELED  the child was killed before it had executed the program
 *   -ENOTSUP  a pid was chosen, and there is no clone3(2) here, or
 *             PH_NS_USER or PH_NS_TIME
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  no resources; no child was made
 *
 * Kernel: in memory shared with the parent from Linux 5.3 on. Below that, and
 * in some emulators, by fork(2).
 * Since: 0.1
 */
static inline int ph_spawn(char *const argv[], const struct ph_spawn_options *options,
			   struct ph_process **ret_process)
{
	return ph_spawn_sized(argv, options, options ? sizeof(*options) : 0, ret_process);
}

/** Children that are remembered, to be reaped later, at once. */
#define PH_LATE_MAX 256

/* ------------------------------------------------------------------------
 * Hold it and let go
 */

/**
 * ph_ref() - take one more reference
 * @process: a handle, or NULL
 *
 * Return: @process
 *
 * Safe in a signal handler. Since: 0.1
 */
struct ph_process *ph_ref(struct ph_process *process);

/**
 * ph_unref() - give a reference back; the last one frees the handle
 * @process: a handle, or NULL
 *
 * Neither signals nor waits for the process, unless PH_SPAWN_KILL_ON_UNREF says
 * so. A child that has not been waited for stays the caller's to reap; one that
 * ph_spawn() made is reaped by a later call.
 *
 * Return: NULL, so that `p = ph_unref(p)` leaves nothing dangling
 *
 * Since: 0.1
 */
struct ph_process *ph_unref(struct ph_process *process);

static inline void ph_auto_unref_(struct ph_process **process)
{
	*process = ph_unref(*process);
}

/**
 * PH_AUTO - give the reference back at the end of the scope (GCC and Clang)
 *
 *	PH_AUTO struct ph_process *process = NULL;
 */
#define PH_AUTO __attribute__((__cleanup__(ph_auto_unref_)))

/* ------------------------------------------------------------------------
 * Know it
 */

/** enum ph_guarantee - how firmly a handle holds its process, weakest first */
enum ph_guarantee {
	/** The bare number, as it was given: osfinderr=0, or no way to check. */
	PH_UNCHECKED = 1,
	/**
	 * The number, and what tells its owner apart: its directory in /proc
	 * and its start time, compared before every use. Between the comparison
	 * and the use a window of microseconds remains.
	 */
	PH_CHECKED = 2,
	/** A pidfd: never another process, whatever happens to the number. */
	PH_PINNED = 3,
};

/**
 * ph_pid() - the number, as it was when the handle was made
 * @process: a handle
 *
 * Stays readable after the end. To act on the process, use the handle: the
 * number may belong to somebody else.
 *
 * Return: the pid, or -EINVAL
 *
 * Safe in a signal handler. Since: 0.1
 */
pid_t ph_pid(const struct ph_process *process);

/**
 * ph_fd() - lend the descriptor that becomes readable when the process ends
 * @process: a handle
 *
 * A loan: valid while you hold your reference; do not close it, do not read
 * from it, and register it level-triggered. POLLIN means ended, not reaped;
 * then `ph_wait(process, 0, &how)` has the answer. Tolerate a spurious wake-up.
 * Remove it from the loop then: it stays readable for ever.
 *
 * Return: a descriptor, 0 or greater, or
 *   -ENOTSUP  the handle holds no pidfd
 *
 * Safe in a signal handler. Since: 0.1
 */
int ph_fd(const struct ph_process *process);

/**
 * ph_guarantee() - how firmly this handle holds its process
 * @process: a handle
 *
 * Fixed when the handle was made.
 *
 * Return: PH_PINNED, PH_CHECKED or PH_UNCHECKED (see enum ph_guarantee)
 *
 * Safe in a signal handler. Since: 0.1
 */
int ph_guarantee(const struct ph_process *process);

/** Enough room for any text that ph_id() writes, with its final NUL. */
#define PH_ID_SIZE 96

/**
 * ph_id() - name the process in text that stays true after it is gone
 * @process: a handle
 * @buffer: where to write; NULL if @size is 0
 * @size: bytes in @buffer; PH_ID_SIZE is always enough
 *
 * Writes "PID:INODE@BOOTID", or "PID:tTICKS@BOOTID" where the kernel gives
 * processes no inode (before Linux 6.9): the start time in clock ticks since
 * boot. "@BOOTID" is left out where the boot id cannot be read (no /proc).
 * ph_find_id() reads all of them. An inode is never used twice in one boot.
 * Ticks can be, within one tick of 10 ms, and look shifted from inside a time
 * namespace.
 *
 * Return: the length of the whole text without its NUL, as snprintf() does, or
 *   -EINVAL   @buffer is NULL and @size is not 0
 *   -ESRCH    the process is gone, and its start time was not read before
 *   -ENOTSUP  neither inode nor start time can be read
 *   -EMFILE, -ENFILE, -ENOMEM  there was nothing left to read with
 *
 * Since: 0.1
 */
int ph_id(struct ph_process *process, char *buffer, size_t size);

/**
 * ph_same() - compare two handles: one process or two?
 * @a: a handle
 * @b: a handle
 *
 * Return: 1 the same process, 0 different ones, or
 *   -ESRCH    both are gone, and what is left does not tell them apart
 *   -EPERM, -EREMOTE, -ENOTSUP  whether they are gone cannot be told, as for
 *             ph_kill() to a handle that is not PH_PINNED
 *   -EMFILE, -ENFILE, -ENOMEM  there was nothing left to compare with
 *
 * Since: 0.1
 */
int ph_same(struct ph_process *a, struct ph_process *b);

/* ------------------------------------------------------------------------
 * Pid files
 *
 * A pid file is the number and a newline, as every reader of one expects. What
 * keeps it true is beside it: the identity of the process, in the extended
 * attribute user.ph.handle. Where there is none, because another program wrote
 * the file or the file system has no such attributes, a lock on the file and
 * the time when it was written tell most of the stale ones.
 *
 * Each of these calls opens the directory, and the file in it once: a file that
 * is replaced meanwhile is not mixed up with the old one. A symbolic link in
 * the last component is refused. Nothing waits: not for a lock, and not for a
 * FIFO in place of the file.
 *
 * A process that holds a lock of fcntl(F_SETLK) on a pid file loses it when it
 * opens and closes the file, which these calls do; use F_OFD_SETLK or flock(2).
 */

/** Accepted, but without proof: see the calls that return it. */
#define PH_UNVERIFIED 1

/**
 * ph_pidfile_write() - write the pid file of a process
 * @process: a handle
 * @path: the file; its directory must be there
 *
 * The file appears whole or not at all, whenever the writer is killed: it is
 * written beside, as ".ph.PID.N" with the pid of the writer, and renamed. Its mode is 0644. What such a
 * crash can leave behind is the file beside.
 *
 * A file that is there is replaced if it is empty, or if what it names is gone
 * or another process now, or if it names @process. Of several writers at
 * the same time one wins, and the others get -EBUSY.
 *
 * Return: 0; PH_UNVERIFIED the file is written, and the identity could not be
 * stored with it (no such attributes here, or nothing tells the process from its
 * successors); or
 *   -EINVAL   @path is NULL, or has no name in it; or what is there is not a
 *             pid file, and is left alone
 *   -EBUSY    the file names another process that runs, or somebody holds it
 *             locked, another writer for example
 *   -ELOOP    it is a symbolic link
 *   -EKEYREJECTED  the file that is there may not be trusted: see
 *             ph_find_pidfile()
 *   -ESRCH    the process is gone
 *   -EREMOTE  it is outside the caller's pid namespace
 *   -ENOENT, -ENOTDIR, -EACCES, -EROFS, -ENAMETOOLONG, -ENOSPC  and others of
 *             open(2), write(2), fsync(2) and rename(2)
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Since: 0.1
 */
int ph_pidfile_write(struct ph_process *process, const char *path);

/**
 * ph_pidfile_remove() - remove the pid file of a process, and of no other
 * @process: a handle; the process may have ended
 * @path: the file
 *
 * Return: 0, or
 *   -EINVAL   @path is NULL, or has no name in it; or it is not a pid file
 *   -ENOENT   there is no such file
 *   -ESTALE   it names another process, or may do so: nothing was removed
 *   -EBUSY    somebody holds it locked, or wrote another one in that moment, which
 *             stays
 *   -ELOOP    it is a symbolic link
 *   -EACCES, -ENOTDIR, -EROFS  and others of open(2) and unlink(2)
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Since: 0.1
 */
int ph_pidfile_remove(struct ph_process *process, const char *path);

/**
 * ph_find_pidfile() - get a handle on the process that a pid file names
 * @path: the file
 * @ret_process: the handle; release it with ph_unref()
 *
 * The content must be one decimal number, from 1 to 2147483647, and perhaps a
 * newline. Whether the process that has the number is the one that was meant
 * is decided by the first of these that applies:
 *
 * 1. The identity in user.ph.handle, of this boot and with this number: it must
 *    be that process.
 * 2. A process with that number holds a write lock of fcntl(F_SETLK) on the file:
 *    it is that one.
 * 3. The process started after the file was last written, or the file is older
 *    than the boot: it is stale. This compares the clock of then with that of
 *    now; one that was set forward since makes files look stale. A time that was
 *    set (utimensat(2)) is believed only as far as it is not later than the last
 *    change of the inode.
 * 4. It is accepted: PH_UNVERIFIED.
 *
 * A pid file may name only what everybody who can write it may signal: if it
 * belongs to root or to the effective user of the caller, any process; to
 * another user, those that run as that user. It must not be writable for group
 * or others, nor be in a directory in which anybody may replace it (writable
 * for all, and not sticky).
 *
 * Return: 0 it is verified; PH_UNVERIFIED there is a handle, without proof; or
 *   -EINVAL   @path is NULL or has no name in it, the content is something
 *             else, or it is not a regular file
 *   -ENOENT   there is no such file
 *   -ESRCH    there is no process with that pid any more
 *   -ESTALE   the pid belongs to another process or to a thread now, or the
 *             file is from another boot
 *   -EKEYREJECTED  the file may not be trusted with that process; where the
 *             user of the process cannot be told, with none
 *   -ELOOP    it is a symbolic link
 *   -EACCES, -ENOTDIR  and others of open(2) and read(2)
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Since: 0.1
 */
int ph_find_pidfile(const char *path, struct ph_process **ret_process);

/**
 * ph_pidfile_clear() - remove a pid file that is stale
 * @path: the file
 *
 * Removes the file if ph_find_pidfile() would say -ESRCH or -ESTALE, or if it
 * is empty. It is looked at and removed under its lock: the file of a writer
 * that comes in between stays.
 *
 * Return: 0 removed, or
 *   -EINVAL   @path is NULL or has no name in it; or it is not a pid file
 *   -ENOENT   there is no such file
 *   -EBUSY    it names a process that runs, verified or not, or somebody holds
 *             it locked, or wrote another one in that moment
 *   -EKEYREJECTED, -ELOOP, -EACCES, -ENOTDIR, -EROFS  and others, as for
 *             ph_find_pidfile() and unlink(2)
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Since: 0.1
 */
int ph_pidfile_clear(const char *path);

/* ------------------------------------------------------------------------
 * Signal it
 */

/** enum ph_scope - whom a signal to a handle reaches */
enum ph_scope {
	/** The process alone. */
	PH_ONE = 0,
	/** Every member of the process group that the process belongs to. */
	PH_GROUP = 1,
	/** Every member of the session that the process belongs to. */
	PH_SESSION = 2,
	/** The process and everything below it: children, their children … */
	PH_TREE = 3,
	/** Everything below the process, but not itself. */
	PH_DESCENDANTS = 4,
	/** Every process in the cgroup (v2) of the process, and in those below it. */
	PH_CGROUP = 5,
};

/**
 * Or'ed to a scope: its members may be the caller, an ancestor of the caller or
 * process 1, and so its group, session or cgroup the caller's own.
 */
#define PH_FORCE (1 << 8)

/**
 * ph_kill() - send a signal to the process behind a handle
 * @process: a handle
 * @signo: a signal number, or 0 to ask whether one could be sent
 * @scope: one of enum ph_scope, perhaps with PH_FORCE
 *
 * The signal reaches that process or nobody: once it has been reaped its pid
 * may belong to a stranger, and the stranger is left alone. A zombie takes any
 * signal and answers 0, as kill(2) has it: 0 does not mean "still running".
 *
 * PH_GROUP goes through the pidfd of the group's leader where the kernel can
 * (Linux 6.9). Otherwise it goes by the number of the group, and only while the
 * process, not yet reaped, proves that number by being a member. After the reap
 * it reaches the group that the process led, as long as that has members, and
 * only through a pidfd.
 *
 * PH_SESSION, PH_TREE, PH_DESCENDANTS and PH_CGROUP have members, which are
 * found in /proc. First each gets a handle, and through the handle it is
 * verified that it is a member; then all are signalled, parents before their
 * children. That is repeated until a round finds nobody new, so that what is
 * started meanwhile is reached as well; each member gets the signal once. Nobody
 * is stopped for it. If the process leads its group, SIGKILL of its session or tree
 * goes to that group first, by one call that nobody in it escapes; not if the caller
 * is a member.
 *
 * A tree is what hangs together at the moment of the call. If the process leads
 * its group or its session, the members of that belong to it too, wherever they
 * hang now (PH_TREE only). What left both before, by a parent that has ended and a session of
 * its own, cannot be found: to be sure of everything, start it in a cgroup or
 * under a subreaper (ph_subreaper()). PH_DESCENDANTS of the calling process is
 * everything that it started, and with a subreaper everything that those left
 * behind. A tree whose process has been reaped has no root: -ESRCH.
 *
 * The cgroup is that of the process; process and caller must see it in a mounted
 * cgroup v2. SIGKILL goes through cgroup.kill (Linux 5.14), which nobody
 * escapes; any other signal, and any kernel without it, goes in rounds.
 *
 * Nobody in a group or in a scope with members is signalled if one of them is
 * the caller, an ancestor of it as far as the caller can see them, or process 1:
 * -EDEADLK. With PH_FORCE they are signalled, and of a scope with members the
 * caller last. That nobody above the caller is in a group is looked at before
 * the one call that signals it: who comes into it in between gets the signal.
 *
 * Return: 0 once the kernel has accepted the signal for every member, or
 *   -EINVAL   @signo is not a signal, or @scope is none of these
 *   -EPERM    the caller may not signal this process, or not all members (the
 *             others have got it); or the handle is PH_CHECKED, and /proc hides
 *             from the caller what would prove it (hidepid); or a sandbox that
 *             was closed after the handle was made refuses the call, whatever
 *             it says then (EACCES, ENOSYS, EINVAL)
 *   -ESRCH    the process has been reaped (PH_GROUP: and its group is empty);
 *             PH_DESCENDANTS: there is nothing below it
 *   -EDEADLK  not PH_ONE: the caller, and so its own group, session or cgroup,
 *             an ancestor or process 1 would be signalled
 *   -EREMOTE  the process is outside the caller's pid namespace
 *   -ENOTSUP  it could be sent by number only, and that the number is its own
 *             cannot be proved here: that needs /proc or Linux 6.13; or kill(2)
 *             cannot name the group: number 1, or outside the pid namespace; or
 *             the members cannot be found: no /proc, or no cgroup v2; or not all
 *             of them: somebody ended, and may have left others behind that
 *             nothing ties to the scope. Those who were found have got the signal
 *   -ELOOP    not PH_ONE: new members appeared in every round, to the last
 *             (1,000 of them), or the caller had other ancestors each time;
 *             PH_GROUP, PH_CGROUP: the process moved to another one as often as
 *             its own was looked for
 *   -EMFILE, -ENFILE, -ENOMEM  the handle is PH_CHECKED, or @scope is not
 *             PH_ONE, and there was nothing left to verify or to hold with, or
 *             to see the ancestors of the caller: a group is not signalled; of
 *             a scope with members nobody new is signalled then, or, where
 *             they are PH_CHECKED, everybody but the one that it was about
 *
 * Safe in a signal handler with PH_ONE, if the handle is PH_PINNED. Since: 0.1
 */
int ph_kill(struct ph_process *process, int signo, int scope);

/**
 * ph_queue() - send a signal together with a value (SI_QUEUE)
 * @process: a handle
 * @signo: a signal number, or 0 to ask whether one could be sent
 * @value: arrives as si_value.sival_int
 *
 * Return: as ph_kill() with PH_ONE, or
 *   -EAGAIN   the receiver's queue is full (RLIMIT_SIGPENDING)
 *
 * Safe in a signal handler if the handle is PH_PINNED. Since: 0.1
 */
int ph_queue(struct ph_process *process, int signo, int value);

/* ------------------------------------------------------------------------
 * Wait for it
 */

/** enum ph_how - how a process ended; 0 claims nothing */
enum ph_how {
	/** It has ended; how cannot be told (ph_exit.flags may say why). */
	PH_UNKNOWN = 0,
	/** It exited; value is the exit code, 0 to 255. */
	PH_EXITED = 1,
	/** A signal killed it; value is the signal. */
	PH_SIGNALED = 2,
	/** It has not ended, but is stopped; value is the signal (ph_wait_state()). */
	PH_STOPPED = 3,
	/** It has not ended, but was continued; value is SIGCONT (ph_wait_state()). */
	PH_CONTINUED = 4,
};

/** It dumped core. */
#define PH_CORE (1U << 0)
/** It was not a child of this process (or was never seen to be one). */
#define PH_FOREIGN (1U << 1)
/** It was a child of this process, and somebody else reaped it. */
#define PH_STOLEN (1U << 2)
/** Ended, but its parent has not reaped it yet: a later call may know more. */
#define PH_PENDING (1U << 3)
/** user_us, sys_us and maxrss_kb are filled in. */
#define PH_HAS_USAGE (1U << 4)

/** struct ph_exit - how a process ended; an exit code and a signal never mix */
struct ph_exit {
	/** PH_EXITED, PH_SIGNALED or PH_UNKNOWN; PH_STOPPED, PH_CONTINUED */
	int how;
	/** the exit code or the signal; 0 if unknown */
	int value;
	/** PH_CORE, PH_FOREIGN, PH_STOLEN, PH_PENDING, PH_HAS_USAGE */
	unsigned flags;
	/** processor time in user mode, microseconds, with waited-for children */
	int64_t user_us;
	/** processor time in the kernel, microseconds */
	int64_t sys_us;
	/** largest resident size, KiB */
	int64_t maxrss_kb;
};

/**
 * ph_wait() - wait until the process has ended, and learn how
 * @process: a handle on any process, a child or not
 * @timeout_ms: milliseconds on the monotonic clock; 0 looks and does not wait,
 *              -1 waits for ever
 * @ret_exit: how it ended; may be NULL
 *
 * A child of the calling process is reaped, once. Every waiter, in any thread,
 * and every later call gets the same record; it lives as long as the handle.
 * Stops and continues are not an end, nor are those of ptrace. A signal that
 * interrupts the wait is no reason to return. In a process of one thread a wait
 * for ever for a child of ph_spawn() takes the stops that the child shows to
 * this process, if it is its tracer, unless it was made with PH_SPAWN_TRACED.
 *
 * The exit status of a process that is not a child, or that somebody else has
 * reaped (also the kernel, if SIGCHLD is ignored), comes from the kernel once
 * its parent has reaped it. The call waits for that for another 200 ms at
 * most, within @timeout_ms, then tries /proc, and then answers PH_UNKNOWN with
 * PH_PENDING: the process has ended, and a later call may know more. A kernel
 * that keeps no exit status (before 6.15) is not waited for: PH_UNKNOWN is then
 * the last word.
 *
 * Without a pidfd, a deadline and a process that is not a child are served by
 * looking at growing intervals of 1 to 50 ms, comparing the identity each time.
 * Through a handle that is PH_UNCHECKED a zombie of somebody else looks like a
 * process that runs.
 *
 * A cancellation point while it sleeps, but not in a wait for ever for a child;
 * nothing is lost with the thread.
 *
 * Return: 0 it has ended, or
 *   -EINVAL     @timeout_ms is below -1
 *   -ETIMEDOUT  it has not ended yet
 *   -EREMOTE    the handle is PH_CHECKED, and the caller has come to another
 *               pid namespace than the process
 *   -EPERM      it is a child that has ended, and a sandbox that was closed after
 *               the handle was made does not let it be reaped
 *   -EMFILE, -ENFILE, -ENOMEM  the handle is PH_CHECKED, or how it ended is to be
 *               had from /proc only, and there was nothing left to look with;
 *               -EMFILE also if RLIMIT_NOFILE is 0
 *
 * Kernel: exit status of others from 6.15 on; before that only from /proc,
 * between the end and the reap, with the right to trace the process.
 * Since: 0.1
 */
int ph_wait(struct ph_process *process, int64_t timeout_ms, struct ph_exit *ret_exit);

/** Also wait for a stop. */
#define PH_WAIT_STOPPED (1U << 0)
/** Also wait for a continue. */
#define PH_WAIT_CONTINUED (1U << 1)

/**
 * ph_wait_state() - wait until a child stops, goes on or ends
 * @process: a handle on a child of the calling process
 * @states: PH_WAIT_STOPPED, PH_WAIT_CONTINUED or both
 * @timeout_ms: as for ph_wait()
 * @ret_exit: what happened: PH_STOPPED, PH_CONTINUED, or as ph_wait(); may be NULL
 *
 * Each stop and each continue is told once, to one waiter, as the kernel has it;
 * what happened before the call is told too, if nobody has asked for it: of
 * several only the last. The end is told as by ph_wait(), and reaped. Stops of
 * ptrace are told to the tracer, as stops.
 *
 * No descriptor becomes readable for these: with a deadline the call looks at
 * growing intervals of 1 to 50 ms; without one it sleeps in the kernel, and then
 * is no cancellation point.
 *
 * Return: 0 and @ret_exit says what happened, or
 *   -EINVAL     @states is empty or has an unknown bit, or @timeout_ms is below -1
 *   -ECHILD     the process is not a child of the caller; for its end there is
 *               ph_wait()
 *   -ETIMEDOUT  nothing has happened
 *   -EPERM      a sandbox that was closed after the handle was made does not let
 *               it be asked for
 *   -EMFILE, -ENFILE, -ENOMEM  as for ph_wait()
 *
 * Since: 0.1
 */
int ph_wait_state(struct ph_process *process, unsigned states, int64_t timeout_ms,
		  struct ph_exit *ret_exit);

/**
 * ph_exit_text() - put an exit record into words
 * @how: a record from ph_wait()
 * @buffer: where to write; NULL if @size is 0
 * @size: bytes in @buffer
 *
 * "exited 3", "killed by SIGSEGV (core dumped)", "exit status unknown (not
 * reaped by its parent yet)". English, without a full stop.
 *
 * Return: the length of the whole text without its NUL, as snprintf() does, or
 *   -EINVAL  @how is NULL, or @buffer is NULL and @size is not 0
 *
 * Since: 0.1
 */
int ph_exit_text(const struct ph_exit *how, char *buffer, size_t size);

/* ------------------------------------------------------------------------
 * Facts
 *
 * What is true of a process now. The kernel is asked through the pidfd where it
 * answers so (Linux 6.13); the rest is read from /proc, and then it is verified
 * through the handle that the number was still this process's: what is told is
 * true of this process, or the answer is -ESRCH. Each fact is of the moment at
 * which it was read. Names, command lines and paths are whatever somebody made
 * of them, bytes of any kind but NUL: escape them before you print them.
 */

/** pid: the number as it is here. */
#define PH_INFO_PID (UINT64_C(1) << 0)
/** parent */
#define PH_INFO_PARENT (UINT64_C(1) << 1)
/** group */
#define PH_INFO_GROUP (UINT64_C(1) << 2)
/** session */
#define PH_INFO_SESSION (UINT64_C(1) << 3)
/** tty */
#define PH_INFO_TTY (UINT64_C(1) << 4)
/** uid and gid, the effective ones */
#define PH_INFO_USER (UINT64_C(1) << 5)
/** real_uid and real_gid */
#define PH_INFO_REAL_USER (UINT64_C(1) << 6)
/** cgroup: needs Linux 6.13 */
#define PH_INFO_CGROUP (UINT64_C(1) << 7)
/** start_ticks and start_ns */
#define PH_INFO_START (UINT64_C(1) << 8)
/** state and flags */
#define PH_INFO_STATE (UINT64_C(1) << 9)
/** threads */
#define PH_INFO_THREADS (UINT64_C(1) << 10)
/** rss and vsize */
#define PH_INFO_MEMORY (UINT64_C(1) << 11)
/** user_us and sys_us */
#define PH_INFO_TIME (UINT64_C(1) << 12)
/** inode: needs Linux 6.9 */
#define PH_INFO_INODE (UINT64_C(1) << 13)
/** exit: of a process that has ended, as far as it is known */
#define PH_INFO_EXIT (UINT64_C(1) << 14)
/** comm */
#define PH_INFO_COMM (UINT64_C(1) << 15)
/** cmdline and cmdline_size: by ph_list() only */
#define PH_INFO_CMDLINE (UINT64_C(1) << 16)
/** All of them. What a version does not know is not there, and no error. */
#define PH_INFO_ALL UINT64_MAX

/** A thread of the kernel. */
#define PH_IS_KERNEL (1U << 0)

/** Enough room for the comm of anything, with its final NUL. */
#define PH_COMM_SIZE 64

/** Bytes of a command line that ph_list() shows at most. */
#define PH_LIST_CMDLINE 4096

/** struct ph_info - facts about a process; only those that got names are there */
struct ph_info {
	/** a set of PH_INFO_…: those that were asked for and could be told */
	uint64_t got;
	int32_t pid;
	/** 0: none, or one outside the caller's pid namespace */
	int32_t parent;
	/** the process group; 0: a thread of the kernel, or as above */
	int32_t group;
	/** likewise */
	int32_t session;
	/** the controlling terminal, as st_rdev of stat(2) has it; 0: none */
	uint64_t tty;
	/** as the caller's user namespace has them; (uint32_t)-2 or so: not in it */
	uint32_t uid;
	uint32_t gid;
	uint32_t real_uid;
	uint32_t real_gid;
	/** the id of the cgroup (v2): on 64-bit machines the inode of its directory */
	uint64_t cgroup;
	/** in clock ticks since boot, sysconf(_SC_CLK_TCK) to the second */
	uint64_t start_ticks;
	/** nanoseconds since 1970 UTC, as the clock is set now; to the tick */
	int64_t start_ns;
	/**
	 * R S D T t Z X I, as in proc_pid_stat(5). It is that of the first
	 * thread: Z with more than one of threads is a process that runs.
	 */
	int32_t state;
	/** a set of PH_IS_… */
	uint32_t flags;
	/** how many; 1 for a zombie */
	uint64_t threads;
	/** resident memory, bytes */
	uint64_t rss;
	/** address space, bytes */
	uint64_t vsize;
	/** processor time of all its threads in user mode, microseconds, to the tick */
	int64_t user_us;
	/** in the kernel */
	int64_t sys_us;
	/** the INODE of ph_id() */
	uint64_t inode;
	/** how it ended; this does not reap, and does not wait */
	struct ph_exit exit;
	/** the name, which the process chooses; the kernel keeps 15 bytes of it */
	char comm[PH_COMM_SIZE];
	/** the arguments, each with its NUL, up to PH_LIST_CMDLINE bytes; or NULL */
	const char *cmdline;
	/** bytes in cmdline */
	uint64_t cmdline_size;
};

/**
 * ph_info_sized() - what ph_info() calls
 * @process: as for ph_info()
 * @want: as for ph_info()
 * @ret_info: as for ph_info()
 * @size: bytes in @ret_info, which tells what the program knows
 *
 * Return: as ph_info(), and -EINVAL if @size is less than in the first version
 *
 * Since: 0.1
 */
int ph_info_sized(struct ph_process *process, uint64_t want, struct ph_info *ret_info, size_t size);

/**
 * ph_info() - tell facts about a process
 * @process: a handle
 * @want: a set of PH_INFO_…
 * @ret_info: the facts, and in got which they are
 *
 * Ask for what you need: what the kernel tells through the pidfd (PID, PARENT,
 * USER, REAL_USER, CGROUP) is one system call, what is in /proc about fifteen.
 * Where it does not tell CGROUP (before Linux 6.13), the directory is looked for
 * where cgroups are mounted, which takes as many again.
 * What cannot be told here is left out of got. A zombie has everything but
 * memory, which is 0.
 *
 * Of a process that has been reaped there is PID, INODE, EXIT, and START if it
 * was read before, and those only if EXIT was asked for and is known: then the
 * call is 0, otherwise -ESRCH.
 *
 * Return: 0, or
 *   -EINVAL   @want is 0
 *   -ESRCH    the process is gone
 *   -EREMOTE  the process is outside the caller's pid namespace, and @want has
 *             more than INODE and EXIT
 *   -EPERM    the handle is PH_CHECKED, and /proc hides from the caller what
 *             would prove it (hidepid)
 *   -EMFILE, -ENFILE, -ENOMEM  there was nothing left to read with
 *
 * Kernel: without /proc, or where it hides the process, what the kernel tells
 * through the pidfd is all there is. Since: 0.1
 */
static inline int ph_info(struct ph_process *process, uint64_t want, struct ph_info *ret_info)
{
	return ph_info_sized(process, want, ret_info, sizeof(*ret_info));
}

/** enum ph_text_kind - what ph_text() writes */
enum ph_text_kind {
	/** The name: 15 bytes at most, but for threads of the kernel. Ps shows it. */
	PH_TEXT_COMM = 1,
	/** The arguments, each with its NUL; of zombies and the kernel's, none. */
	PH_TEXT_CMDLINE = 2,
	/** The path of the program; " (deleted)" behind it: it has been. */
	PH_TEXT_EXE = 3,
	/** The path of the working directory. */
	PH_TEXT_CWD = 4,
	/** The path of the root directory. */
	PH_TEXT_ROOT = 5,
	/** The path of the cgroup (v2) in the caller's cgroup namespace. */
	PH_TEXT_CGROUP = 6,
	/** The function of the kernel in which it sleeps; "" if that is not told. */
	PH_TEXT_WCHAN = 7,
};

/**
 * ph_text() - tell a fact that is text
 * @process: a handle
 * @what: one of enum ph_text_kind
 * @buffer: where to write; NULL if @size is 0
 * @size: bytes in @buffer
 *
 * The bytes are as they are; those of a command line contain NULs. One more NUL
 * is put behind what fits. Between two calls the text may change: look at the
 * length that came with the bytes.
 *
 * The path of a program, a directory or a cgroup may lead elsewhere by the time
 * you use it, or mean something else in the caller's mount namespace.
 *
 * Return: the length of the whole text without that last NUL, as snprintf()
 * does, up to INT_MAX, or
 *   -EINVAL        @what is none of these, or @buffer is NULL and @size is not 0
 *   -ESRCH         the process is gone
 *   -ENODATA       it has none: a zombie or a thread of the kernel has no
 *                  program, a machine without cgroup v2 no cgroup
 *   -EACCES        the caller may not know: EXE, CWD and ROOT need the right
 *                  to trace the process
 *   -ENAMETOOLONG  the kernel does not tell paths of 4,096 bytes and more; for
 *                  CGROUP, of 4,095
 *   -EREMOTE       the process is outside the caller's pid namespace
 *   -EPERM         as for ph_info()
 *   -ENOTSUP       there is no /proc, or it hides the process
 *   -EMFILE, -ENFILE, -ENOMEM  there was nothing left to read with
 *
 * Since: 0.1
 */
int ph_text(struct ph_process *process, int what, char *buffer, size_t size);

/* ------------------------------------------------------------------------
 * Lists
 */

/** Only processes of the user uid (effective). */
#define PH_FILTER_UID (UINT64_C(1) << 0)
/** Only processes of the caller's own effective user. */
#define PH_FILTER_OWN (UINT64_C(1) << 1)
/** Not the caller, and none of its ancestors. */
#define PH_FILTER_NOT_SELF (UINT64_C(1) << 2)
/** No threads of the kernel. */
#define PH_FILTER_NO_KERNEL (UINT64_C(1) << 3)

/**
 * struct ph_filter - which processes; all zero is all of them
 *
 * What is set has to hold, all of it.
 */
struct ph_filter {
	/** a set of PH_FILTER_… */
	uint64_t flags;
	/** children of that process */
	struct ph_process *parent;
	/** children of that process, their children, and so on */
	struct ph_process *ancestor;
	/** members of that process group */
	int32_t group;
	/** members of that session */
	int32_t session;
	/** for PH_FILTER_UID */
	uint32_t uid;
	uint32_t unused;
	/** in that cgroup or below it: a path as of PH_TEXT_CGROUP */
	const char *cgroup;
	/** with exactly that name; see below for long ones */
	const char *comm;
	/** with a name like that: * ? [a-z] [!a-z] and \ before what is meant as it is */
	const char *comm_glob;
	/** running that program: st_dev and st_ino of stat(2); inode 0: any */
	uint64_t exe_device;
	uint64_t exe_inode;
	/** in one of these states, as letters: "RD" */
	const char *states;
	/** started at least so long ago, in milliseconds */
	int64_t min_age_ms;
	/** started at most so long ago; 0: whenever */
	int64_t max_age_ms;
};

/**
 * ph_each_sized() - what ph_each() calls
 * @filter: as for ph_each()
 * @filter_size: bytes in @filter, which tells what the program knows; 0 if NULL
 * @callback: as for ph_each()
 * @arg: as for ph_each()
 *
 * Return: as ph_each(), and -E2BIG if @filter has fields that this version does
 * not know
 *
 * Since: 0.1
 */
int ph_each_sized(const struct ph_filter *filter, size_t filter_size,
		  int (*callback)(struct ph_process *process, void *arg), void *arg);

/**
 * ph_each() - walk over processes, with a handle on each
 * @filter: which; NULL: all
 * @callback: called for each; a value other than 0 ends the walk
 * @arg: handed through
 *
 * One handle is open at a time. It is a loan for the time of the callback:
 * ph_ref() keeps it. What @filter says was true of that very process when it
 * was looked at: it is read once the handle is there, and then verified that it
 * was read of that process. Those that end meanwhile are left out; those that
 * start meanwhile may be. By rising number, and each once.
 *
 * The name of a process is cut at 15 bytes. One that long also matches by the
 * base name of its program or its first argument, if the name is the beginning
 * of that. Whose program is not shown to the caller does not match exe_inode.
 *
 * A walk over descendants follows the parents of each process that it meets, as
 * they are just then. Whoever is taken has led to the ancestor twice in a row,
 * by the same parents.
 *
 * Return: 0, or what @callback returned, or
 *   -EINVAL   @callback is NULL, or a field of @filter is out of range: a flag
 *             that is none, a negative number, an unused field that is not 0
 *   -ESRCH    filter.parent or filter.ancestor is gone
 *   -EREMOTE  one of these is outside the caller's pid namespace
 *   -EPERM    one of these is PH_CHECKED, and hidden from the caller (hidepid)
 *   -ENOTSUP  there is no /proc, or one of another pid namespace
 *   -EMFILE, -ENFILE, -ENOMEM, -EAGAIN  as for ph_find()
 *
 * Kernel: shows what /proc shows to the caller (hidepid). Since: 0.1
 */
static inline int ph_each(const struct ph_filter *filter,
			  int (*callback)(struct ph_process *process, void *arg), void *arg)
{
	return ph_each_sized(filter, filter ? sizeof(*filter) : 0, callback, arg);
}

/**
 * ph_list_sized() - what ph_list() calls
 * @filter: as for ph_list()
 * @filter_size: bytes in @filter, which tells what the program knows; 0 if NULL
 * @want: as for ph_list()
 * @callback: as for ph_list()
 * @arg: as for ph_list()
 *
 * Return: as ph_list(), and -E2BIG if @filter has fields that this version does
 * not know
 *
 * Since: 0.1
 */
int ph_list_sized(const struct ph_filter *filter, size_t filter_size, uint64_t want,
		  int (*callback)(const struct ph_info *info, void *arg), void *arg);

/**
 * ph_list() - walk over processes, with facts instead of handles
 * @filter: which; NULL: all
 * @want: a set of PH_INFO_…; PH_INFO_PID is always there
 * @callback: called for each; a value other than 0 ends the walk
 * @arg: handed through
 *
 * To show, not to act upon: a number in the answer may have been given away
 * since, and where the facts come from more than one file, between the two. With
 * PH_INFO_INODE that cannot be: each process is held while it is looked at, as
 * ph_each() does, and its number and inode find it again (ph_find_id()). That
 * takes twice the time. EXIT is not told.
 *
 * Only what @want and @filter need is read: one file for all but USER,
 * REAL_USER, CGROUP, CMDLINE. No memory is taken for a process. The struct and
 * what it points to are valid inside the callback only; later versions may
 * lengthen it.
 *
 * Return: as ph_each(), and -EINVAL if @want is 0
 *
 * Since: 0.1
 */
static inline int ph_list(const struct ph_filter *filter, uint64_t want,
			  int (*callback)(const struct ph_info *info, void *arg), void *arg)
{
	return ph_list_sized(filter, filter ? sizeof(*filter) : 0, want, callback, arg);
}

/* ------------------------------------------------------------------------
 * Wait for thousands
 */

/** struct ph_set - processes that are watched together; opaque, counted by reference */
struct ph_set;

/** struct ph_event - one that has ended */
struct ph_event {
	/** the handle that was added; the reference is the caller's now */
	struct ph_process *process;
	/** what was added with it */
	void *data;
	/** how it ended, as ph_wait() has it */
	struct ph_exit exit;
};

/**
 * ph_set_new() - make an empty set
 * @ret_set: the set; release it with ph_set_unref()
 *
 * The cost of an event does not depend on how many processes are watched. A
 * process that is watched costs at most 64 bytes besides its handle. A set holds
 * one descriptor, starts no thread, and needs no SIGCHLD.
 *
 * A set belongs to the process that made it. In a forked child the calls on an
 * inherited one are -ECHILD, and take nothing away from the parent; all that it
 * is good for there is ph_set_unref(), which the parent does not notice either.
 *
 * Return: 0, or -EINVAL, or -EMFILE, -ENFILE, -ENOMEM
 *
 * Kernel: where handles have no pidfd (see ph_fd()) the same calls look at each
 * process at growing intervals of 1 to 50 ms. While such a handle is in it,
 * ph_set_fd() has nothing to lend, and the set holds a second descriptor; in a
 * library that was built without pidfds it holds none. Since: 0.1
 */
int ph_set_new(struct ph_set **ret_set);

/**
 * ph_set_add() - watch one more process
 * @set: a set
 * @process: a handle on a child or any other process; the set takes a reference
 * @data: comes back with the event
 *
 * One that has ended already is reported like any other. May be called while
 * others wait, and from inside the handling of an event: a waiter sees it.
 * The same process may be added through two handles, and is reported for each.
 * As often as an end was reported a handle may be added again.
 *
 * Return: 0, or
 *   -EINVAL   @set or @process is NULL
 *   -EEXIST   this handle is in the set
 *   -ENOSPC   the limit of the system on watched descriptors
 *             (/proc/sys/fs/epoll/max_user_watches)
 *   -ECHILD   the set was inherited in a fork
 *   -EMFILE, -ENFILE, -ENOMEM  the process is not in the set
 *
 * Since: 0.1
 */
int ph_set_add(struct ph_set *set, struct ph_process *process, void *data);

/**
 * ph_set_remove() - watch a process no longer
 * @set: a set
 * @process: the handle that was added
 *
 * After it no event of this handle is handed out: an end that a waiter in
 * another thread has in its hands by then was reported before.
 *
 * Return: 0, or
 *   -EINVAL  @set or @process is NULL
 *   -ENOENT  this handle is not in the set: never was, or was reported
 *   -ECHILD  the set was inherited in a fork
 *
 * Since: 0.1
 */
int ph_set_remove(struct ph_set *set, struct ph_process *process);

/**
 * ph_set_wait() - wait until processes of a set have ended
 * @set: a set
 * @timeout_ms: as for ph_wait()
 * @events: where to put them
 * @max: room in @events, greater than 0
 *
 * Each end is reported exactly once, to one waiter, and leaves the set. Children
 * are reaped. The reference that the set held goes to the caller with the event:
 * `ph_unref(event.process)` closes it. What an end tells of a process that is
 * not a child and not reaped yet is PH_UNKNOWN with PH_PENDING: the call does
 * not wait for its parent; ph_wait() on the handle does. So it is with a child
 * whose tracer has not let go of it.
 *
 * An empty set is waited on like any other: somebody may add to it. A signal
 * that interrupts the wait is no reason to return. A cancellation point while it
 * sleeps; nothing is lost with the thread.
 *
 * Return: how many ended, 1 to @max, or
 *   -EINVAL     an argument is NULL or out of range
 *   -ETIMEDOUT  nobody has ended
 *   -ECHILD     the set was inherited in a fork
 *   -EMFILE, -ENFILE, -ENOMEM  there was nothing left to look with; nothing is
 *               lost; -EMFILE also if RLIMIT_NOFILE is 0
 *
 * Since: 0.1
 */
int ph_set_wait(struct ph_set *set, int64_t timeout_ms, struct ph_event *events, int max);

/**
 * ph_set_count() - how many processes a set watches
 * @set: a set
 *
 * Return: the number of those that were added and neither removed nor reported,
 * or -EINVAL, or -ECHILD: it was inherited in a fork
 *
 * Since: 0.1
 */
int ph_set_count(struct ph_set *set);

/**
 * ph_set_fd() - lend the descriptor that is readable while a set has ends to report
 * @set: a set
 *
 * A loan, for an event loop, as ph_fd() is: level-triggered, not to be read or
 * closed. When it is readable, ph_set_wait() with a timeout of 0 has the events;
 * tolerate a spurious wake-up. While a process without a pidfd is in the set, one
 * that was lent before is readable all the time.
 *
 * Return: a descriptor, 0 or greater, or
 *   -EINVAL   @set is NULL
 *   -ECHILD   the set was inherited in a fork
 *   -ENOTSUP  there is none here: no pidfds, or a process in the set has none
 *
 * Since: 0.1
 */
int ph_set_fd(const struct ph_set *set);

/**
 * ph_set_ref() - take one more reference
 * @set: a set, or NULL
 *
 * Return: @set
 *
 * Since: 0.1
 */
struct ph_set *ph_set_ref(struct ph_set *set);

/**
 * ph_set_unref() - give a reference back; the last one frees the set
 * @set: a set, or NULL
 *
 * The references on processes that it still holds are given back; but not in a
 * forked child, if another thread was changing the set at the moment of the fork.
 *
 * Return: NULL
 *
 * Since: 0.1
 */
struct ph_set *ph_set_unref(struct ph_set *set);

/* ------------------------------------------------------------------------
 * Stop it
 */

/** Milliseconds that a stop waits after SIGKILL. */
#define PH_STOP_KILL_MS 5000

/**
 * ph_stop() - end a process, or everybody in a scope, and know that it is over
 * @process: a handle
 * @scope: as for ph_kill()
 * @grace_ms: from SIGTERM to SIGKILL; 0: SIGKILL at once; -1: never
 * @ret_exit: how the process itself ended, PH_UNKNOWN if it has not
 *            (PH_DESCENDANTS); may be NULL
 *
 * Sends SIGTERM, and SIGCONT so that who is stopped can act on it; waits until
 * everybody has ended; after @grace_ms sends SIGKILL, to those who appeared
 * meanwhile as well, and waits for at most PH_STOP_KILL_MS. A member stays one
 * when its parent ends or it changes its group or session. Children of the
 * caller are reaped; one of somebody else is over when it has ended, though its
 * parent may not have reaped it. A process that has ended before is stopped:
 * 0, with its record, and what else there is in the scope is stopped. Then
 * a scope that needs its number or its /proc has no more members than those of
 * the group that it led.
 *
 * 0 is said only if nobody is seen to have got away. A process that starts another
 * and ends hands it to process 1 or a subreaper, where it is found by the group or
 * session of the scope, if it has stayed in that. So a child of the caller is reaped,
 * and its end reported, when nobody else is left: as a zombie it keeps the number of
 * the two. Where that does not help, it is -ENOTSUP if others were born meanwhile that
 * could be what was left behind: below a root that leads neither and ended by itself,
 * by members in sessions of their own, where a subreaper among them ended, or by a
 * leader that is not the caller's child and was reaped. What had left a tree before
 * the call is not of it; and who begins a session of its own gets away unseen if that
 * is since the last look and its parent is ended by a signal, has obeyed one before, or
 * was started and has ended since then itself; or if it comes to a subreaper that is
 * not the caller, and is not seen to have adopted others; or, where it is not to be
 * known how somebody else's child ended (before Linux 6.15), if its parent was reaped
 * after the first signal. The last look is just before the signals of a step.
 *
 * Who may not be signalled is not waited for. With PH_FORCE the caller may be a
 * member: its own turn, all of it, comes when everybody else's is over.
 *
 * Return: 0 everybody has ended, or
 *   -EINVAL     an argument is out of range
 *   -ETIMEDOUT  somebody has not, after SIGKILL: in uninterruptible sleep
 *   -EPERM      somebody may not be signalled, and runs on; the others are stopped
 *   -EDEADLK    as for ph_kill(), and also with PH_ONE; nobody is signalled
 *   -EMFILE, -ENFILE, -ENOMEM  as for ph_kill(), and also to find out that the
 *               process is no ancestor of the caller. Of a scope with members
 *               nobody new is signalled then; those who were known are stopped.
 *               -EMFILE also if RLIMIT_NOFILE is less than 2: nobody is signalled
 *   -ELOOP      new members appeared to the end
 *   -ENOTSUP    as for ph_kill(); who was found is stopped, and that nobody else is
 *               left cannot be told
 *   -EREMOTE    as for ph_kill()
 *
 * A cancellation point while it sleeps; nothing is lost with the thread. Whoever
 * has been signalled by then stays so. Since: 0.1
 */
int ph_stop(struct ph_process *process, int scope, int64_t grace_ms, struct ph_exit *ret_exit);

/** struct ph_stop_step - a signal, and how long to wait after it */
struct ph_stop_step {
	/** the signal, followed by SIGCONT; 0: none, only wait */
	int32_t signo;
	int32_t unused;
	/** until the next step, milliseconds; -1: for ever */
	int64_t wait_ms;
};

/** enum ph_stop_what - what a stop reports */
enum ph_stop_what {
	/** A step begins: signo is its signal, value its wait_ms. Told of each target. */
	PH_STOP_STEP = 1,
	/** A member was signalled: with signo. */
	PH_STOP_SENT = 2,
	/** A member could not be signalled with signo: value is a negative errno. */
	PH_STOP_REFUSED = 3,
	/** A member has ended; exit is its record. */
	PH_STOP_ENDED = 4,
	/** A member has not ended when the call gives up. */
	PH_STOP_LEFT = 5,
};

/** struct ph_stop_report - one thing that happened during a stop */
struct ph_stop_report {
	/** PH_STOP_STEP, … */
	int32_t what;
	int32_t signo;
	int64_t value;
	/** which of the targets it is about */
	uint64_t index;
	/** the member, a loan; PH_STOP_STEP: the target */
	struct ph_process *process;
	struct ph_exit exit;
};

/** hurry_fd is set. */
#define PH_STOP_HURRY_FD (UINT64_C(1) << 0)

/** struct ph_stop_options - how to stop; all zero is the sane choice */
struct ph_stop_options {
	/** a set of PH_STOP_… */
	uint64_t flags;
	/** the steps, in order; none: SIGTERM, grace_ms, SIGKILL, PH_STOP_KILL_MS */
	const struct ph_stop_step *steps;
	uint32_t steps_count;
	/** once it is readable, go to the last step at once; it is not read */
	int32_t hurry_fd;
	/** for each thing that happens; other than 0 ends the stop with that */
	int (*report)(const struct ph_stop_report *report, void *arg);
	/** handed through */
	void *arg;
	/** one of enum ph_scope, perhaps with PH_FORCE */
	int32_t scope;
	int32_t unused;
	/** as for ph_stop(); 0: 10,000, below 0: SIGKILL at once */
	int64_t grace_ms;
};

/**
 * ph_stop_all_sized() - what ph_stop_all() calls
 * @targets: as for ph_stop_all()
 * @count: as for ph_stop_all()
 * @options: as for ph_stop_all()
 * @size: bytes in @options, which tells what the program knows; 0 if NULL
 * @ret_results: as for ph_stop_all()
 *
 * Return: as the other one, among them
 *   -EINVAL  an argument is out of range
 *   -E2BIG   @options has fields that this version does not know
 *
 * Since: 0.1
 */
int ph_stop_all_sized(struct ph_process *const targets[], size_t count,
		      const struct ph_stop_options *options, size_t size, int *ret_results);

/**
 * ph_stop_all() - stop several at once, by steps of one's own, and hear of each
 * @targets: handles
 * @count: how many, greater than 0
 * @options: how, or NULL
 * @ret_results: for each target what ph_stop() would return; may be NULL
 *
 * As ph_stop(), for all targets side by side: every member of every target has a
 * handle before the first signal is sent. A target that is refused (-EDEADLK,
 * -ENOTSUP …) does not keep the others from being stopped. Who is a member of
 * several, or is named twice, gets the signal of a step once, and is reported for
 * each. The steps begin at the same time for
 * all. options.report is called by the calling thread, which holds
 * no lock, and may use the handles; the thread cannot be cancelled in it.
 *
 * Return: 0 all of them are stopped, or the worst of the results: the first that
 * is neither 0 nor -ETIMEDOUT, else -ETIMEDOUT; or
 *   -EINVAL  an argument is out of range
 *   -E2BIG   @options has fields that this version does not know
 *   -EBADF   options.hurry_fd is set and not open
 *   what options.report returned; the results of those that were not over by
 *            then are -ECANCELED
 *
 * Since: 0.1
 */
static inline int ph_stop_all(struct ph_process *const targets[], size_t count,
			      const struct ph_stop_options *options, int *ret_results)
{
	return ph_stop_all_sized(targets, count, options, options ? sizeof(*options) : 0,
				 ret_results);
}

/**
 * ph_subreaper() - become the parent of what one's descendants leave behind, or not
 * @on: 1 be one, 0 be none, -1 only ask
 *
 * A process whose parent ends becomes a child of the nearest subreaper above it,
 * instead of process 1: then PH_DESCENDANTS of ph_self() finds it, and ph_wait()
 * reaps it. The choice holds for the whole program, is inherited by nobody, and
 * is never made by the library itself. A subreaper has to reap what comes to it.
 *
 * Return: whether it was one before, 0 or 1, or
 *   -EINVAL   @on is none of these
 *   -ENOTSUP  this system has no subreapers
 *
 * Kernel: Linux 3.4. Since: 0.1
 */
int ph_subreaper(int on);

/**
 * ph_cgroup_fd() - open the directory of the cgroup (v2) of a process
 * @process: a handle
 *
 * For PH_SPAWN_CGROUP, for the files of the cgroup, and for cgroups below it. The
 * descriptor is the caller's, who closes it.
 *
 * Return: a descriptor of the directory (O_PATH it is not), close-on-exec, or
 *   -EINVAL   @process is NULL
 *   -ESRCH    the process is gone
 *   -ENOENT   the process has ended, and its cgroup has been removed since
 *   -ENOTSUP  no cgroup v2 is mounted, or that of the process is not below
 *             what is mounted, or has a path of 4,095 bytes or more; or no /proc
 *   -EACCES   the directory may not be read, or /proc hides the process
 *   -EREMOTE  the process is outside the caller's pid namespace
 *   -ELOOP    the process moved to another cgroup as often as this was looked
 *             for (1,000 times)
 *   -EMFILE, -ENFILE, -ENOMEM  there was nothing left to find or to open it with
 *
 * Since: 0.1
 */
int ph_cgroup_fd(struct ph_process *process);

/* ------------------------------------------------------------------------
 * Run one to its end
 */

/** Bytes that are kept of each stream, if output.limit is 0. */
#define PH_RUN_LIMIT 16777216
/** Milliseconds from SIGTERM to SIGKILL, if output.grace_ms is 0. */
#define PH_RUN_GRACE_MS 10000
/** Milliseconds for pipes that others hold, if output.drain_ms is 0. */
#define PH_RUN_DRAIN_MS 1000

/** The child wrote more to its out than was kept. */
#define PH_RUN_OUT_TRUNCATED (1U << 0)
/** The child wrote more to its err than was kept. */
#define PH_RUN_ERR_TRUNCATED (1U << 1)
/** The time was up, and the child was stopped. */
#define PH_RUN_TIMED_OUT (1U << 2)
/** The child was sent SIGKILL. */
#define PH_RUN_KILLED (1U << 3)
/** Somebody else held a pipe for longer than the child lived; there may be more. */
#define PH_RUN_PIPES_HELD (1U << 4)
/** The child ended, or closed its in, before it was given all of the input. */
#define PH_RUN_INPUT_UNREAD (1U << 5)
/** The child could not be ended, and runs on. */
#define PH_RUN_LEFT (1U << 6)

/**
 * struct ph_output - what to do with a child that is run, and what came of it
 *
 * The caller fills in the first part; all zero is the sane choice for every
 * field of it. The second part is the answer.
 */
struct ph_output {
	/* Asked for, and left as it is: */

	/** what the child reads; NULL: what options.in says */
	const void *input;
	/** bytes of input */
	size_t input_size;
	/** bytes to keep of each stream; 0: PH_RUN_LIMIT; SIZE_MAX: all */
	size_t limit;
	/** until the child is stopped, in milliseconds; 0: never */
	int64_t timeout_ms;
	/** from SIGTERM to SIGKILL; 0: PH_RUN_GRACE_MS; below 0: SIGKILL at once */
	int64_t grace_ms;
	/** for pipes after the end; 0: PH_RUN_DRAIN_MS; below 0: no time */
	int64_t drain_ms;

	/* Answered, whatever stood there: */

	/** what the child wrote to its out, and a NUL; NULL: it was not captured */
	char *out;
	/** bytes in out, without that NUL */
	size_t out_size;
	/** the same of its err */
	char *err;
	size_t err_size;
	/** how the child ended */
	struct ph_exit exit;
	/** a set of PH_RUN_… */
	unsigned flags;
};

/**
 * ph_run_sized() - what ph_run() calls
 * @argv: as for ph_run()
 * @options: as for ph_run()
 * @options_size: bytes in @options, which tells what the program knows; 0 if NULL
 * @output: as for ph_run()
 * @output_size: bytes in @output, likewise
 *
 * Return: as the other one, among them
 *   -EINVAL   an argument or a field is out of range; or @output_size is less
 *             than in the first version
 *   -E2BIG    @options or @output has fields that this version does not know
 *
 * Since: 0.1
 */
int ph_run_sized(char *const argv[], const struct ph_spawn_options *options, size_t options_size,
		 struct ph_output *output, size_t output_size);

/**
 * ph_run() - start a program, feed it, take what it writes, and wait for its end
 * @argv: as for ph_spawn()
 * @options: as for ph_spawn(), with the differences below, or NULL
 * @output: what is asked for, and the answer; release it with ph_output_clear()
 *
 *	struct ph_output output = { .timeout_ms = 5000 };
 *	int r = ph_run(argv, NULL, &output);
 *
 * The child writes its out and its err into pipes, and reads the input from
 * one, or /dev/null if there is none. Where options has a stream that is not
 * all zero, that counts instead: PH_FD(0) is the caller's own in, and with
 * PH_TO_OUT err comes with out. All pipes are served at once, so the child may
 * read and write in any order, or not at all. What it writes beyond the limit
 * is read and dropped. The bytes are as they came; one NUL behind them makes
 * strings of them.
 *
 * The call ends with the child, not with its pipes. Those that another process
 * still holds by then are read for another output.drain_ms, or until they are
 * closed: PH_RUN_PIPES_HELD. A child that closes them and goes on is waited
 * for.
 *
 * When the time is up, SIGTERM and SIGCONT are sent, output.grace_ms later
 * SIGKILL, and the child is reaped. They go to the child, or to its group if
 * options made it the leader of one (PH_SPAWN_NEW_GROUP, PH_SPAWN_NEW_SESSION)
 * and for as long as it is one. The answer has what was written by then, and
 * how it ended. A child that may not be signalled, or does not end within 10 s
 * of SIGKILL, is left to itself with PH_RUN_LEFT, PH_UNKNOWN as its record,
 * and reaped as ph_spawn() says.
 *
 * The answer is always filled in. It is empty if no program was started. It
 * belongs to the caller, in memory of malloc(3): a text may be kept, if NULL
 * is put in its place. What is left in @output of an earlier run is not freed.
 *
 * Nothing but that is left: no process that the call knows of, no descriptor,
 * no thread, no SIGPIPE, neither delivered nor pending. Pipes are non-blocking
 * at the end of the caller only. A signal that interrupts the call changes
 * nothing, and the time does not start again.
 *
 * A cancellation point while it sleeps: the child gets SIGKILL and is reaped,
 * and the answer is empty.
 *
 * Return: 0 the child has ended by itself, whatever its exit status, or
 *   -ETIMEDOUT  the time was up, and the child was stopped
 *   -EINVAL     @output is NULL, or a field of it is out of range: a negative
 *               timeout_ms, a size without an input, an input besides
 *               options.in; or @options has PH_PIPE or PH_SPAWN_TRACED; or as
 *               for ph_spawn()
 *   -ENOMEM     there was no memory: no child was made, or it got SIGKILL
 *               and the answer has what was written by then
 *   -E2BIG, -ENOENT, -ENOEXEC, -ETXTBSY, -ENOTSUP, -EMFILE, -ENFILE, -EAGAIN
 *               and others as for ph_spawn(): no program was started, and
 *               options.failure tells the step
 *
 * Kernel: the end is seen at once where the handle has a pidfd (see ph_fd());
 * otherwise by looking at growing intervals of 1 to 50 ms.
 * Since: 0.1
 */
static inline int ph_run(char *const argv[], const struct ph_spawn_options *options,
			 struct ph_output *output)
{
	return ph_run_sized(argv, options, options ? sizeof(*options) : 0, output, sizeof(*output));
}

/**
 * ph_output_clear_sized() - what ph_output_clear() calls
 * @output: as for ph_output_clear()
 * @size: bytes in @output, which tells what the program knows
 *
 * Since: 0.1
 */
void ph_output_clear_sized(struct ph_output *output, size_t size);

/**
 * ph_output_clear() - free the answer of a run, and make it empty
 * @output: of a run, or all zero, or NULL
 *
 * What is asked for stays, so that it can be run again.
 *
 * Since: 0.1
 */
static inline void ph_output_clear(struct ph_output *output)
{
	ph_output_clear_sized(output, sizeof(*output));
}

/* ------------------------------------------------------------------------
 * Settings: PHDEBUG=name=value,name=value
 *
 * Highest first: ph_setting_set(), the environment, ph_settings_default(), the
 * default of the library. The environment is read once, on the first use of
 * the library, and not at all in a set-user-ID program. Entries are split at
 * commas and at their first "="; the last one of a name wins; an entry without
 * "=" is ignored; nothing is trimmed and case matters. A value in the
 * environment that a setting does not know puts its default in force.
 */

/** This setting has no event counter. */
#define PH_SETTING_OPAQUE (1U << 0)
/** Not a setting: a name found in the environment that the library lacks. */
#define PH_SETTING_UNKNOWN (1U << 1)
/** The environment gives it a value that it does not know. */
#define PH_SETTING_INVALID (1U << 2)

/** struct ph_setting - one setting as ph_setting_each() shows it */
struct ph_setting {
	/** the name, as in PHDEBUG */
	const char *name;
	/** the value in force; for PH_SETTING_UNKNOWN and _INVALID, the text found */
	const char *value;
	/** where it comes from: "default", "program", "environment" or "call" */
	const char *source;
	/** the default of this version */
	const char *initial;
	/** the value that brings the older or weaker behaviour back */
	const char *old;
	/** the version in which the default changed; "" if it never did */
	const char *changed;
	/** one sentence */
	const char *help;
	/** how often the behaviour differed because of it */
	uint64_t events;
	/** PH_SETTING_OPAQUE, PH_SETTING_UNKNOWN, PH_SETTING_INVALID */
	unsigned flags;
};

/**
 * ph_setting_get() - the value in force
 * @name: a setting
 * @ret_value: a string that stays valid for ever
 *
 * Return: 0, or
 *   -EINVAL  @name or @ret_value is NULL
 *   -ENOENT  there is no such setting
 *
 * Since: 0.1
 */
int ph_setting_get(const char *name, const char **ret_value);

/**
 * ph_setting_set() - set a setting while running, above every other source
 * @name: a setting
 * @value: its new value, or NULL to take back what an earlier call said
 *
 * Handles that exist keep what they have. Threads see the new value at their
 * next call.
 *
 * Return: 0, or
 *   -EINVAL  @name is NULL, or @value is not one of the setting's values
 *   -ENOENT  there is no such setting
 *
 * Since: 0.1
 */
int ph_setting_set(const char *name, const char *value);

/**
 * ph_settings_default() - a program's own defaults, below the environment
 * @text: "name=value,name=value", read as PHDEBUG is
 *
 * Replaces what an earlier call said, whole or, on failure, not at all.
 *
 * Return: 0, or
 *   -EINVAL  @text is NULL, or gives a setting a value that it does not know
 *   -ENOENT  @text names something that is not a setting
 *
 * Since: 0.1
 */
int ph_settings_default(const char *text);

/**
 * ph_setting_each() - walk over all settings, sorted by name
 * @callback: called for each; a value other than 0 ends the walk
 * @arg: handed through
 *
 * After the settings come the names in the environment that are none, with
 * PH_SETTING_UNKNOWN, as it reads now. The struct and what it points to are
 * valid inside the callback only; later versions may lengthen it.
 *
 * Return: 0, or what @callback returned, or -EINVAL
 *
 * Since: 0.1
 */
int ph_setting_each(int (*callback)(const struct ph_setting *setting, void *arg), void *arg);

/* ------------------------------------------------------------------------
 * Metrics
 */

/** enum ph_metric_kind - what a metric's value may do */
enum ph_metric_kind {
	/** only grows */
	PH_COUNTER = 1,
	/** goes up and down */
	PH_GAUGE = 2,
};

/** struct ph_metric - one metric as ph_metric_each() shows it */
struct ph_metric {
	/** "/prochandle/PATH:UNIT" */
	const char *name;
	/** one sentence */
	const char *help;
	/** PH_COUNTER or PH_GAUGE */
	int kind;
	uint64_t value;
};

/**
 * ph_metric_read() - read one metric
 * @name: its name, such as "/prochandle/handles/open:handles"
 * @ret_value: its value
 *
 * Return: 0, or
 *   -EINVAL  an argument is NULL
 *   -ENOENT  there is no such metric
 *
 * Since: 0.1
 */
int ph_metric_read(const char *name, uint64_t *ret_value);

/**
 * ph_metric_each() - walk over all metrics, sorted by name
 * @callback: called for each; a value other than 0 ends the walk
 * @arg: handed through
 *
 * Every metric exists from the start. The struct is valid inside the callback
 * only; later versions may lengthen it. The names are valid for ever.
 *
 * Return: 0, or what @callback returned, or -EINVAL
 *
 * Since: 0.1
 */
int ph_metric_each(int (*callback)(const struct ph_metric *metric, void *arg), void *arg);

/**
 * ph_metrics_text() - all metrics in the text format of Prometheus
 * @buffer: where to write; NULL if @size is 0
 * @size: bytes in @buffer
 *
 * Values may grow between two calls: leave room.
 *
 * Return: the length of the whole text without its NUL, as snprintf() does, or
 *   -EINVAL  @buffer is NULL and @size is not 0
 *
 * Since: 0.1
 */
int ph_metrics_text(char *buffer, size_t size);

/* ------------------------------------------------------------------------
 * The library and the kernel below it
 */

/** Processes are pinned by pidfds (pidfd_open; Linux 5.3). */
#define PH_FEATURE_PIDFD (1U << 0)
/** Signals go through the pidfd (pidfd_send_signal; Linux 5.1). */
#define PH_FEATURE_SIGNAL (1U << 1)
/** Children are waited for by pidfd (waitid P_PIDFD; Linux 5.4). */
#define PH_FEATURE_WAIT (1U << 2)
/** Group signals go through the leader's pidfd (Linux 6.9). */
#define PH_FEATURE_GROUP (1U << 3)
/** Every process has an inode of its own (pidfs; Linux 6.9). */
#define PH_FEATURE_INODE (1U << 4)
/** Facts are read through the pidfd (PIDFD_GET_INFO; Linux 6.13). */
#define PH_FEATURE_INFO (1U << 5)
/** A process is opened by its inode alone (file handles; Linux 6.14). */
#define PH_FEATURE_HANDLE (1U << 6)
/** The exit status of any process, after the reap (Linux 6.15). */
#define PH_FEATURE_EXIT (1U << 7)
/** /proc is mounted and shows the calling process. */
#define PH_FEATURE_PROC (1U << 8)
/** Children start in the memory of their parent (CLONE_VM and CLONE_VFORK). */
#define PH_FEATURE_VFORK (1U << 9)
/** Children are born with a pidfd (CLONE_PIDFD; Linux 5.2). */
#define PH_FEATURE_CLONE (1U << 10)
/** Children are born without signal handlers (clone3; Linux 5.5). */
#define PH_FEATURE_CLONE3 (1U << 11)
/** Children are born in their cgroup (CLONE_INTO_CGROUP; Linux 5.7). */
#define PH_FEATURE_CGROUP (1U << 12)
/** Descriptors are closed by the range (close_range; Linux 5.11). */
#define PH_FEATURE_CLOSE (1U << 13)
/** The kernel kills what nobody holds (CLONE_PIDFD_AUTOKILL; Linux 7.1). */
#define PH_FEATURE_AUTOKILL (1U << 14)
/** The process at the other end of a socket (SO_PEERPIDFD; Linux 6.5). */
#define PH_FEATURE_PEER (1U << 17)
/** Children take descriptors with high numbers (pidfd_getfd; Linux 6.9). */
#define PH_FEATURE_GETFD (1U << 18)

/** Trees are walked from children to children (CONFIG_PROC_CHILDREN; Linux 3.5). */
#define PH_FEATURE_CHILDREN (1U << 15)
/** SIGKILL to a cgroup goes to all in it at once (cgroup.kill; Linux 5.14). */
#define PH_FEATURE_CGROUPKILL (1U << 16)

/** enum ph_feature_state - why a feature is in use or not */
enum ph_feature_state {
	/** in use */
	PH_FEATURE_USED = 1,
	/** switched off by its setting */
	PH_FEATURE_OFF = 2,
	/** this kernel lacks it or this sandbox refuses it */
	PH_FEATURE_MISSING = 3,
	/** this build of the library has no code for it (-Dpidfd=disabled) */
	PH_FEATURE_UNBUILT = 4,
};

/** struct ph_feature - one feature as ph_feature_each() shows it */
struct ph_feature {
	/** PH_FEATURE_… */
	unsigned bit;
	/** the name; also that of the setting that switches it off */
	const char *name;
	/** the first Linux that has it, such as "6.9" */
	const char *kernel;
	/** what it gives, a phrase */
	const char *gives;
	/** what is done without it, a phrase */
	const char *instead;
	/** PH_FEATURE_USED, _OFF, _MISSING or _UNBUILT */
	int state;
};

/**
 * ph_features() - what the library uses here and now
 *
 * Depends on the kernel, on the sandbox and on the settings.
 *
 * Return: a set of PH_FEATURE_… bits, possibly 0
 *
 * Since: 0.1
 */
unsigned ph_features(void);

/**
 * ph_feature_each() - walk over all features, oldest kernel first
 * @callback: called for each; a value other than 0 ends the walk
 * @arg: handed through
 *
 * The struct is valid inside the callback only; later versions may lengthen
 * it. The strings are valid for ever.
 *
 * Return: 0, or what @callback returned, or -EINVAL
 *
 * Since: 0.1
 */
int ph_feature_each(int (*callback)(const struct ph_feature *feature, void *arg), void *arg);

/**
 * ph_version() - the version of the library that is running
 *
 * Return: "MAJOR.MINOR.PATCH", valid for ever
 *
 * Safe in a signal handler. Since: 0.1
 */
const char *ph_version(void);

/**
 * ph_strerror() - what an error of this library means
 * @error: a value that a call returned; the sign does not matter
 *
 * Return: a string, valid for ever: never NULL, never translated
 *
 * Since: 0.1
 */
const char *ph_strerror(int error);

#ifdef __cplusplus
}
#endif

#endif
