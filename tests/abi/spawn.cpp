/* SPDX-License-Identifier: MIT */

/*
 * A spawn from C++, without a warning: by assignment in C++17, with designated
 * initialisers from C++20 on. It prints TAP.
 */

#include <prochandle.hpp>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <unistd.h>

static int count, failed;

static void expect(bool is_right, const char *what)
{
	count++;
	failed += !is_right;
	std::printf("%sok %d - %s\n", is_right ? "" : "not ", count, what);
}

static std::string read_all(int fd)
{
	std::string text;
	char byte;

	while (read(fd, &byte, 1) == 1)
		text += byte;
	close(fd);
	return text;
}

static std::vector<char *> pointers(std::vector<std::string> &words)
{
	std::vector<char *> list;

	for (auto &word : words)
		list.push_back(word.data());
	list.push_back(nullptr);
	return list;
}

static void assign()
{
	std::vector<std::string> words{ "sh", "-c", "cat; echo \"$X\" >&2" }, more{ "X=y" };
	auto argv = pointers(words), set = pointers(more);
	ph_spawn_options options{};
	ph_process *handle = nullptr;
	ph_failure failure{};
	int in = -1, out = -1;

	options.failure = &failure;
	options.flags = PH_SPAWN_NEW_GROUP | PH_SPAWN_UMASK;
	options.umask = 022;
	options.set = set.data();
	options.directory = "/";
	options.in = PH_PIPE(&in);
	options.out = PH_PIPE(&out);
	options.err = PH_TO_OUT;
	options.ignored = PH_SIGNAL_BIT(SIGHUP);
	expect(ph_spawn(argv.data(), &options, &handle) == 0, "ph_spawn");
	ph::process process(handle);
	expect(write(in, "in\n", 3) == 3, "PH_PIPE as in");
	close(in);
	expect(read_all(out) == "in\ny\n", "PH_PIPE as out, PH_TO_OUT");
	expect(ph::text(process.wait()) == "exited 0", "ph::process");

	options.in = PH_NULL;
	options.out = PH_FD(STDERR_FILENO);
	options.err = PH_INHERIT;
	options.directory = "/nowhere";
	expect(ph_spawn(argv.data(), &options, &handle) < 0 && failure.step == PH_STEP_DIRECTORY,
	       "ph_failure");
	options.directory = nullptr;
	options.in = PH_FILE("/dev/null");
	options.out = PH_APPEND("/dev/null");
	options.err = PH_FILE("/dev/null");
	handle = nullptr;
	expect(ph_spawn(argv.data(), &options, &handle) == 0, "PH_FILE, PH_APPEND");
	expect(ph::text(ph::process(handle).wait()) == "exited 0", "and its end");
	handle = nullptr;
	expect(ph_spawn(argv.data(), nullptr, nullptr) < 0, "no options");

	words = { "sleep", "60" };
	auto sleeping = pointers(words);
	auto sleeper = ph::process::spawn(sleeping.data());
	auto how = sleeper.stop(std::chrono::minutes(1));
	expect(how && ph::text(*how) == "killed by SIGTERM", "ph::process::stop");
}

#if __cplusplus >= 202002L
static void designate()
{
	std::vector<std::string> words{ "pwd" };
	auto argv = pointers(words);
	const ph_fd_map map[] = { { .child = 7, .from = STDERR_FILENO } };
	const ph_limit limit = { .resource = 4, .unused = 0, .soft = 0, .hard = PH_UNLIMITED };
	ph_process *handle = nullptr;
	ph_failure failure = {};
	int out = -1;
	const ph_spawn_options options = {
		.flags = PH_SPAWN_NO_NEW_PRIVS,
		.failure = &failure,
		.directory = "/",
		.in = PH_NULL,
		.out = PH_PIPE(&out),
		.fds = map,
		.fds_count = 1,
		.limits = &limit,
		.limits_count = 0,
		.blocked = PH_SIGNAL_BIT(1),
	};

	expect(ph_spawn(argv.data(), &options, &handle) == 0, "designated initialisers");
	expect(read_all(out) == "/\n", "what comes of them");
	expect(ph::process(handle).wait().how == PH_EXITED, "the end of it");
}
#else
static void designate()
{
}
#endif

int main()
{
	assign();
	designate();
	std::printf("1..%d\n", count);
	return failed > 0;
}
