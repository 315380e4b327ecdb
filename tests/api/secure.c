/* SPDX-License-Identifier: MIT */

/* A set-user-ID program, once its file has been made one: does it hear PHDEBUG? */

#include <stdio.h>
#include <sys/auxv.h>

#include <prochandle.h>

static int show(const struct ph_setting *setting, void *arg)
{
	(void)arg;
	printf(" %s=%s", setting->name, setting->value);
	return 0;
}

int main(void)
{
	printf("secure=%lu", getauxval(AT_SECURE));
	(void)ph_setting_each(show, NULL);
	printf("\n");
	return 0;
}
