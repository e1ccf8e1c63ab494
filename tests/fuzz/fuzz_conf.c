/* SPDX-License-Identifier: MIT
 *
 * Fuzzes conf_load_text: any bytes give complaints or a configuration, and the dump of a
 * configuration loads again and gives the same dump.
 */
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/conf_load.h"
#include "manager/conf_show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_long_line(struct span text)
{
	for (size_t n; text.n > 0; text = span_from(text, n + 1)) {
		const char *end = memchr(text.p, '\n', text.n);
		n = end ? (size_t)(end - text.p) : text.n;
		if (n > 4000)
			return true;
	}
	return false;
}

/* Quotes and $pool may make a line longer than a line may be: that dump is not held against us. */
static void load_again(const struct conf *first)
{
	struct complaints complaints = COMPLAINTS_INIT;
	struct buf one = BUF_INIT, two = BUF_INIT;
	struct conf *second;

	conf_dump(first, &one);
	if (!has_long_line(buf_span(&one))) {
		must(buf_put(&one, "", 1));
		second = conf_load_text("dump", buf_head(&one), &complaints);
		if (!second)
			fatal(70, "%s\n%s", complaints.at[0].text, buf_head(&one));
		conf_dump(second, &two);
		must(buf_put(&two, "", 1));
		must(span_eq(buf_span(&one), buf_span(&two)));
		conf_free(second);
	}
	buf_free(&one);
	buf_free(&two);
	complaints_free(&complaints);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct complaints complaints = COMPLAINTS_INIT;
	char *text = mem_strndup((const char *)data, size);
	struct conf *conf = conf_load_text("fuzz", text, &complaints);
	struct buf out = BUF_INIT;

	must((conf == NULL) == (complaints.errors > 0));
	complaints_put(&complaints, &out);
	if (conf)
		load_again(conf);
	conf_free(conf);
	buf_free(&out);
	complaints_free(&complaints);
	free(text);
	return 0;
}
