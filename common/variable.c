/* SPDX-License-Identifier: MIT
 *
 * variable: see variable.h.
 */
#include "common/variable.h"

#define VARIABLE(NAME, name) #NAME,
#define VARIABLE_NEVER(NAME) #NAME,

static const char *const computed[] = {
#include "common/variable.def"
};

bool variable_is_computed(struct span name)
{
	for (size_t i = 0; i < nitems(computed); i++)
		if (span_is(name, computed[i]))
			return true;
	return false;
}
