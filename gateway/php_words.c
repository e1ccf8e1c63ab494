/* SPDX-License-Identifier: MIT
 *
 * php_words: see php_words.h.
 */
#include "gateway/php_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "gateway/seldom.h"

/* All of the page, in every version. */
static const struct phrase {
	int status;
	struct span says;
	const char *means, *hint;
} phrases[] = {
	{404, {"No input file specified.", 24}, "Primary script unknown: PHP has found no file",
		". Is it there, and may that user search every directory above it?"},
	{403, {"Access denied.", 14}, "PHP may not read the file", ""},
};

#define WHO_MAX 48

/* As whom it has looked. */
static const char *who(uint32_t pid, char text[static WHO_MAX])
{
	char name[32];
	struct stat st;

	snprintf(name, sizeof name, "/proc/%" PRIu32, pid);
	text[0] = '\0';
	if (pid && stat(name, &st) == 0)
		snprintf(text, WHO_MAX, " as the user with the id %u", (unsigned)st.st_uid);
	return text;
}

static void tell(const struct request *r, uint32_t pid, const struct phrase *p)
{
	char user[WHO_MAX];

	seldom_error_of(r->id, "[pool %s] %s '%.*s'%s%s", r->pool->name, p->means,
		SPAN_FMT(buf_span(&r->script_file)), who(pid, user), p->hint);
}

void php_words_heed(const struct request *r, uint32_t pid, struct span bytes)
{
	for (size_t i = 0; i < nitems(phrases); i++)
		if (r->answer.status == phrases[i].status &&
			memmem(bytes.p, bytes.n, phrases[i].says.p, phrases[i].says.n))
			tell(r, pid, &phrases[i]);
}
