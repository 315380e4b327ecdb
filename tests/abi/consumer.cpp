/* SPDX-License-Identifier: MIT */

/* The same in C++, in one expression each: that it compiles and links. */

#include <prochandle.h>

#include <cstdio>
#include <type_traits>

/* layout is what a program of today relies on */
static_assert(std::is_standard_layout<ph_exit>::value, "plain data");
static_assert(std::is_trivially_copyable<ph_exit>::value, "plain data");
static_assert(sizeof(ph_exit) == 40, "fixed widths");
static_assert(sizeof(ph_output) == 128 || sizeof(void *) == 4, "fixed widths");
static_assert(sizeof(struct ph_info) == 248 || sizeof(void *) == 4, "fixed widths");
static_assert(sizeof(ph_filter) == 104 || sizeof(void *) == 4, "fixed widths");
static_assert(PH_FEATURE_PROC == 1U << 8 && PH_PINNED == 3 && PH_GROUP == 1, "constants");

int main()
{
	const void *const symbols[] = {
		(const void *)ph_each_sized,
		(const void *)ph_exists,
		(const void *)ph_exit_text,
		(const void *)ph_fd,
		(const void *)ph_feature_each,
		(const void *)ph_features,
		(const void *)ph_find,
		(const void *)ph_find_id,
		(const void *)ph_from_fd,
		(const void *)ph_guarantee,
		(const void *)ph_id,
		(const void *)ph_info_sized,
		(const void *)ph_kill,
		(const void *)ph_list_sized,
		(const void *)ph_metric_each,
		(const void *)ph_metric_read,
		(const void *)ph_metrics_text,
		(const void *)ph_output_clear_sized,
		(const void *)ph_parent,
		(const void *)ph_pid,
		(const void *)ph_queue,
		(const void *)ph_ref,
		(const void *)ph_run_sized,
		(const void *)ph_same,
		(const void *)ph_self,
		(const void *)ph_setting_each,
		(const void *)ph_setting_get,
		(const void *)ph_setting_set,
		(const void *)ph_settings_default,
		(const void *)ph_spawn_sized,
		(const void *)ph_step_text,
		(const void *)ph_strerror,
		(const void *)ph_text,
		(const void *)ph_unref,
		(const void *)ph_version,
		(const void *)ph_wait,
	};
	int number = 0, failed = 0;

	for (const void *symbol : symbols) {
		failed += !symbol;
		std::printf("%sok %d - symbol\n", symbol ? "" : "not ", ++number);
	}
	{
		PH_AUTO ph_process *self = nullptr;

		failed += ph_self(&self) != 0;
		std::printf("%sok %d - PH_AUTO\n", failed ? "not " : "", ++number);
	}
	{
		char *const argv[] = { const_cast<char *>("true"), nullptr };
		ph_output output = {};

		failed += ph_run(argv, nullptr, &output) != 0;
		ph_output_clear(&output);
		std::printf("%sok %d - ph_run\n", failed ? "not " : "", ++number);
	}
	std::printf("1..%d\n", number);
	return failed > 0;
}
