/* SPDX-License-Identifier: MIT */

/*
 * ph::process: the owner of a handle, and ph::set, of a set of them, for C++17. Header only.
 *
 * What must not happen throws std::system_error, so that a process object never exists half made.
 * What a caller has to expect of any process at any time is a value: kill() answers false when the
 * process is gone, wait() answers nothing when the deadline has passed.
 *
 *	auto process = ph::process::find(pid);
 *	if (process.kill(SIGTERM))
 *		if (auto how = process.wait(5s))
 *			std::puts(ph::text(*how).c_str());
 *
 * A moved-from object is empty, and false as a condition: what needs a process throws EINVAL.
 */

#ifndef PROCHANDLE_HPP
#define PROCHANDLE_HPP

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <prochandle.h>

namespace ph
{

/* Throws what a call of the library reported; hands on what is no error. */
inline int check(int result, const char *call)
{
	if (result < 0)
		throw std::system_error(-result, std::generic_category(), call);
	return result;
}

/* How a process ended, in words. */
inline std::string text(const ph_exit &how)
{
	std::string words(static_cast<std::size_t>(ph_exit_text(&how, nullptr, 0)), '\0');

	ph_exit_text(&how, words.data(), words.size() + 1);
	return words;
}

class process
{
      public:
	/* The process that has this pid now; throws ESRCH if there is none. */
	static process find(pid_t pid)
	{
		return make("ph_find", ph_find, pid);
	}

	/* The process that id() once named; throws ESTALE if its number is another one's now. */
	static process find_id(const std::string &id)
	{
		return make("ph_find_id", ph_find_id, id.c_str());
	}

	/* The process behind a pidfd, which stays yours. */
	static process from_fd(int pidfd)
	{
		return make("ph_from_fd", ph_from_fd, pidfd);
	}

	/* The process at the other end of a unix socket, alive or not. */
	static process find_peer(int socket)
	{
		return make("ph_find_peer", ph_find_peer, socket);
	}

	/*
	 * The process that a pid file names. Without proof (PH_UNVERIFIED) it throws
	 * EKEYREJECTED, unless that is allowed.
	 */
	static process find_pidfile(const std::string &path, bool unverified = false)
	{
		ph_process *handle = nullptr;
		int r = check(ph_find_pidfile(path.c_str(), &handle), "ph_find_pidfile");
		process found(handle);

		if (r == PH_UNVERIFIED && !unverified)
			check(-EKEYREJECTED, "ph_find_pidfile");
		return found;
	}

	/* A program that starts here, with this process as its parent. */
	static process spawn(char *const argv[], const ph_spawn_options *options = nullptr)
	{
		return make("ph_spawn", ph_spawn, argv, options);
	}

	static process self()
	{
		return make("ph_self", ph_self);
	}

	process parent() const
	{
		return make("ph_parent", ph_parent, handle_);
	}

	/* Takes over a reference that came from the C interface, or none. */
	explicit process(ph_process *handle = nullptr) noexcept : handle_(handle)
	{
	}

	process(process &&other) noexcept : handle_(other.release())
	{
	}

	process &operator=(process &&other) noexcept
	{
		process(std::move(other)).swap(*this);
		return *this;
	}

	process(const process &) = delete;
	process &operator=(const process &) = delete;

	~process()
	{
		ph_unref(handle_);
	}

	void swap(process &other) noexcept
	{
		std::swap(handle_, other.handle_);
	}

	/* Lends the handle to the C interface. */
	ph_process *get() const noexcept
	{
		return handle_;
	}

	/* Gives the handle away; the caller unrefs it. */
	[[nodiscard]] ph_process *release() noexcept
	{
		return std::exchange(handle_, nullptr);
	}

	explicit operator bool() const noexcept
	{
		return handle_ != nullptr;
	}

	pid_t pid() const
	{
		return check(ph_pid(handle_), "ph_pid");
	}

	/* Becomes readable when the process ends; throws ENOTSUP without a pidfd. */
	int fd() const
	{
		return check(ph_fd(handle_), "ph_fd");
	}

	enum ph_guarantee guarantee() const
	{
		return static_cast<enum ph_guarantee>(
			check(::ph_guarantee(handle_), "ph_guarantee"));
	}

	/* The name of the process that stays true after it is gone. */
	std::string id() const
	{
		char words[PH_ID_SIZE];
		auto length = check(ph_id(handle_, words, sizeof(words)), "ph_id");

		return std::string(words, static_cast<std::size_t>(length));
	}

	bool same_as(const process &other) const
	{
		return check(ph_same(handle_, other.handle_), "ph_same") > 0;
	}

	/* Facts about it, PH_INFO_…; got in the answer says which could be told. */
	struct ph_info info(std::uint64_t want) const
	{
		struct ph_info facts {
		};

		check(ph_info_sized(handle_, want, &facts, sizeof(facts)), "ph_info");
		return facts;
	}

	/* A fact that is text, PH_TEXT_…, whole: it may grow while it is read. */
	std::string text(ph_text_kind what) const
	{
		std::string words(255, '\0');

		for (;;) {
			auto length = static_cast<std::size_t>(check(
				ph_text(handle_, what, words.data(), words.size() + 1), "ph_text"));
			bool is_whole = length <= words.size();

			words.resize(length);
			if (is_whole)
				return words;
		}
	}

	/*
	 * scope: one of ph_scope, perhaps with PH_FORCE. False: nobody got the signal,
	 * since the process is gone (PH_GROUP: and its group is empty).
	 */
	bool kill(int signo, int scope = PH_ONE) const
	{
		return accepted(ph_kill(handle_, signo, scope), "ph_kill");
	}

	bool queue(int signo, int value) const
	{
		return accepted(ph_queue(handle_, signo, value), "ph_queue");
	}

	/* A child that stops, goes on or ends; as wait() otherwise. */
	std::optional<ph_exit> wait_state(unsigned states, std::chrono::milliseconds timeout) const
	{
		ph_exit how{};
		int r = ph_wait_state(handle_, states, timeout.count(), &how);

		if (r == -ETIMEDOUT)
			return std::nullopt;
		check(r, "ph_wait_state");
		return how;
	}

	/* False: written, and without the identity beside it. */
	bool write_pidfile(const std::string &path) const
	{
		return check(ph_pidfile_write(handle_, path.c_str()), "ph_pidfile_write") == 0;
	}

	/* Removes its pid file; throws ESTALE if that is another's. */
	void remove_pidfile(const std::string &path) const
	{
		check(ph_pidfile_remove(handle_, path.c_str()), "ph_pidfile_remove");
	}

	/* Waits for as long as it takes. */
	ph_exit wait() const
	{
		ph_exit how{};

		check(ph_wait(handle_, -1, &how), "ph_wait");
		return how;
	}

	/*
	 * Waits until the deadline; 0 looks and does not wait, and -1 waits for ever, as ph_wait()
	 * has it. Nothing: it still runs.
	 */
	std::optional<ph_exit> wait(std::chrono::milliseconds timeout) const
	{
		ph_exit how{};
		int r = ph_wait(handle_, timeout.count(), &how);

		if (r == -ETIMEDOUT)
			return std::nullopt;
		check(r, "ph_wait");
		return how;
	}

	/*
	 * Ends it, or everybody in the scope, and waits until that is over: SIGTERM, and after the
	 * grace SIGKILL. Nothing: somebody did not even die of that.
	 */
	std::optional<ph_exit> stop(std::chrono::milliseconds grace, int scope = PH_ONE) const
	{
		ph_exit how{};
		int r = ph_stop(handle_, scope, grace.count(), &how);

		if (r == -ETIMEDOUT)
			return std::nullopt;
		check(r, "ph_stop");
		return how;
	}

      private:
	template <typename Find, typename... Arguments>
	static process make(const char *call, Find find, Arguments... arguments)
	{
		ph_process *handle = nullptr;

		check(find(arguments..., &handle), call);
		return process(handle);
	}

	static bool accepted(int result, const char *call)
	{
		return result != -ESRCH && check(result, call) == 0;
	}

	ph_process *handle_;
};

/*
 * Processes that are watched together. What comes back of one is its owner, the pointer that was
 * added with it, and how it ended.
 *
 *	ph::set all;
 *	all.add(ph::process::spawn(argv), &job);
 *	while (all.count() > 0)
 *		for (auto &end : all.wait())
 *			std::puts(ph::text(end.exit).c_str());
 */
class set
{
      public:
	struct event {
		process owner;
		void *data;
		ph_exit exit;
	};

	set()
	{
		check(ph_set_new(&handle_), "ph_set_new");
	}

	/* Takes over a reference that came from the C interface, or none. */
	explicit set(ph_set *handle) noexcept : handle_(handle)
	{
	}

	set(set &&other) noexcept : handle_(other.release())
	{
	}

	set &operator=(set &&other) noexcept
	{
		set(std::move(other)).swap(*this);
		return *this;
	}

	set(const set &) = delete;
	set &operator=(const set &) = delete;

	~set()
	{
		ph_set_unref(handle_);
	}

	void swap(set &other) noexcept
	{
		std::swap(handle_, other.handle_);
	}

	/* Lends the set to the C interface. */
	ph_set *get() const noexcept
	{
		return handle_;
	}

	/* Gives the set away; the caller unrefs it. */
	[[nodiscard]] ph_set *release() noexcept
	{
		return std::exchange(handle_, nullptr);
	}

	explicit operator bool() const noexcept
	{
		return handle_ != nullptr;
	}

	/* The set has a reference of its own. */
	void add(const process &watched, void *data = nullptr) const
	{
		check(ph_set_add(handle_, watched.get(), data), "ph_set_add");
	}

	/* False: it is not in the set, or has been reported. */
	bool remove(const process &watched) const
	{
		int r = ph_set_remove(handle_, watched.get());

		return r != -ENOENT && check(r, "ph_set_remove") == 0;
	}

	int count() const
	{
		return check(ph_set_count(handle_), "ph_set_count");
	}

	/* Readable while there are ends to report; throws ENOTSUP without pidfds. */
	int fd() const
	{
		return check(ph_set_fd(handle_), "ph_set_fd");
	}

	/* Waits until the deadline, or for ever. Empty: nobody has ended. */
	std::vector<event>
	wait(std::chrono::milliseconds timeout = std::chrono::milliseconds(-1)) const
	{
		ph_event events[64];
		std::vector<event> ended;
		int r;

		/* what has been taken is not to be lost for want of memory */
		ended.reserve(64);
		r = ph_set_wait(handle_, timeout.count(), events, 64);
		if (r != -ETIMEDOUT)
			check(r, "ph_set_wait");
		for (int i = 0; i < r; i++)
			ended.push_back(
				{ process(events[i].process), events[i].data, events[i].exit });
		return ended;
	}

      private:
	ph_set *handle_ = nullptr;
};

} // namespace ph

#endif
