/* SPDX-License-Identifier: MIT */

#include "handle/record.h"

#include "state/metrics.h"

bool ph_record_read(const struct ph_process *process, struct ph_exit *ret_exit)
{
	uint64_t word = atomic_load_explicit(&process->record, memory_order_acquire);

	if (!(word & PH_RECORD_IS_THERE))
		return false;
	*ret_exit = (struct ph_exit){
		.how = (int)(word & 0xff),
		.value = (int)(word >> PH_RECORD_VALUE_SHIFT & 0xffffff),
		.flags = (unsigned)((word & ~PH_RECORD_IS_THERE) >> PH_RECORD_FLAGS_SHIFT),
	};
	if (ret_exit->flags & PH_HAS_USAGE) {
		ret_exit->user_us = atomic_load(&process->user_us) - 1;
		ret_exit->sys_us = atomic_load(&process->sys_us) - 1;
		ret_exit->maxrss_kb = atomic_load(&process->maxrss_kb) - 1;
	}
	return true;
}

static enum ph_metric_id metric_of(unsigned flags)
{
	if (flags & PH_STOLEN)
		return PH_METRIC_EXITS_STOLEN;
	return flags & PH_FOREIGN ? PH_METRIC_EXITS_FOREIGN : PH_METRIC_EXITS_OWN;
}

static void publish(struct ph_process *process, int how, int value, unsigned flags)
{
	uint64_t none = 0;

	if (!atomic_compare_exchange_strong(&process->record, &none,
					    ph_record_pack(how, value, flags)))
		return;
	ph_count(metric_of(flags));
	if (how == PH_UNKNOWN)
		ph_count(PH_METRIC_EXITS_UNKNOWN);
}

/*
 * Two looks at one zombie do not give the same numbers: the kernel divides the
 * time between user and system anew. The first to store one decides.
 */
static void store_once(_Atomic int64_t *field, int64_t value)
{
	int64_t none = 0;

	(void)atomic_compare_exchange_strong(field, &none, value + 1);
}

void ph_record_own(struct ph_process *process, const struct ph_status *status)
{
	store_once(&process->user_us, status->user_us);
	store_once(&process->sys_us, status->sys_us);
	store_once(&process->maxrss_kb, status->maxrss_kb);
	publish(process, status->how, status->value, status->flags | PH_HAS_USAGE);
}

unsigned ph_record_others_flag(const struct ph_process *process)
{
	return ph_kinship(process) == PH_KIN_CHILD ? PH_STOLEN : PH_FOREIGN;
}

void ph_record_others(struct ph_process *process, const struct ph_status *status, unsigned flags)
{
	if (status)
		publish(process, status->how, status->value, status->flags | flags);
	else
		publish(process, PH_UNKNOWN, 0, flags);
}
