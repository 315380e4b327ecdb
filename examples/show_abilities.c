/* SPDX-License-Identifier: MIT */

/*
 * What this kernel, this sandbox and these settings give, and how a program chooses a default of its
 * own that PHDEBUG in the environment still overrides.
 *
 *	show_abilities
 *	PHDEBUG=pidfd=0 show_abilities
 */

#include <prochandle.h>

#include <stdio.h>

static int show(const struct ph_feature *feature, void *arg)
{
	int *used = arg;

	if (feature->state == PH_FEATURE_USED)
		(*used)++;
	printf("%-12s Linux %-5s %s\n", feature->name, feature->kernel,
	       feature->state == PH_FEATURE_USED ? feature->gives : feature->instead);
	return 0;
}

int main(void)
{
	const char *value;
	int used = 0;
	int r;

	r = ph_settings_default("exitinfo=0");
	if (r == 0)
		r = ph_feature_each(show, &used);
	if (r == 0)
		r = ph_setting_get("exitinfo", &value);
	if (r < 0) {
		fprintf(stderr, "%s\n", ph_strerror(r));
		return 1;
	}
	printf("%d in use, exitinfo=%s\n", used, value);
	return 0;
}
