/* SPDX-License-Identifier: MIT */

/*
 * ph::process: the owner of a handle, for C++17. Header only.
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

	/* False: the process is gone (PH_GROUP: and its group is empty), nobody got the signal. */
	bool kill(int signo, ph_scope scope = PH_ONE) const
	{
		return accepted(ph_kill(handle_, signo, scope), "ph_kill");
	}

	bool queue(int signo, int value) const
	{
		return accepted(ph_queue(handle_, signo, value), "ph_queue");
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

} // namespace ph

#endif
