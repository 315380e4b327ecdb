/* SPDX-License-Identifier: MIT */

/*
 * The owner type of <prochandle.hpp>: hold a process in C++, and let go of it by scope.
 *
 *	owner PID
 */

#include <prochandle.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>

int main(int argc, char **argv)
{
	using namespace std::chrono_literals;

	if (argc != 2)
		return 2;
	try {
		auto process = ph::process::find(std::atoi(argv[1]));

		std::cout << process.id() << '\n';
		if (!process.kill(SIGTERM)) {
			std::cout << "gone before the signal\n";
			return 1;
		}
		auto how = process.wait(5s);
		std::cout << (how ? ph::text(*how) : "still running") << '\n';
		return how ? 0 : 124;
	} catch (const std::system_error &error) {
		std::cerr << argv[1] << ": " << error.what() << '\n';
		return 1;
	}
}
