/* SPDX-License-Identifier: MIT
 *
 * fuzz_access_format: every format is taken to its end or refused with a sentence; and what the
 * log escapes has nothing in it that a terminal, a line or a quote would care about.
 */
#include <assert.h>
#include <stdlib.h>

#include "common/access_format.h"
#include "gateway/access_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_item(const struct access_item *it, struct span all)
{
	assert(it->what < ACCESS_WHATS);
	assert(it->option <= ACCESS_GIVEN);
	assert(!it->text.p || (it->text.p >= all.p && it->text.p + it->text.n <= all.p + all.n));
	assert(it->what != ACCESS_LITERAL || it->text.n > 0);
}

static void check_format(struct span all)
{
	struct span rest = all;

	while (rest.n) {
		struct access_item it;
		char why[256] = "";
		size_t before = rest.n;
		if (!access_format_next(&rest, &it, why, sizeof why)) {
			assert(why[0] && strlen(why) < sizeof why);
			return;
		}
		assert(rest.n < before);
		check_item(&it, all);
	}
}

static void check_text(struct span s)
{
	struct buf b = BUF_INIT;

	assert(access_text_put(&b, s));
	for (size_t i = 0; i < buf_len(&b); i++) {
		char c = buf_head(&b)[i];
		assert(c >= 0x20 && c < 0x7f && c != '"');
		assert(c != '\\' || buf_head(&b)[i + 1] == 'x');
	}
	buf_free(&b);
}

/* Once it is escaped, all that is left to be escaped are its own backslashes. */
static void check_json(struct span s)
{
	struct buf b = BUF_INIT;

	assert(access_json_put(&b, s));
	for (size_t i = 0; i < buf_len(&b); i++) {
		unsigned char c = (unsigned char)buf_head(&b)[i];
		assert(c >= 0x20 && c != 0x7f && c != '"');
		if (c != '\\')
			continue;
		assert(i + 1 < buf_len(&b));
		c = (unsigned char)buf_head(&b)[++i];
		assert(c == '"' || c == '\\' || (c == 'u' && i + 4 < buf_len(&b)));
	}
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct span s = {copy, size};

	assert(copy);
	memcpy(copy, data, size);
	check_format(s);
	check_text(s);
	check_json(s);
	free(copy);
	return 0;
}
