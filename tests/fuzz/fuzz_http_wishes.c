/* SPDX-License-Identifier: MIT
 *
 * fuzz_http_wishes: whatever a client says of ranges, dates, tags and codings, and an administrator
 * of types, comes to something that can be answered.
 *
 * Input: a byte for the reader, one for the size of the file; then the value of a field, or a
 * table.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/http_coding.h"
#include "gateway/http_conditional.h"
#include "gateway/http_date.h"
#include "gateway/http_range.h"
#include "gateway/media.h"

#define NOW  INT64_C(1800000000)
#define HOUR 3600

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Inside, at least one byte each, and none twice. */
static void check_ranges(struct span value, uint64_t size)
{
	struct http_ranges rs = {.n = 99};
	enum http_range_verdict verdict = http_range_parse(value, size, &rs);

	assert(rs.n <= HTTP_RANGES_MAX);
	assert(verdict != HTTP_RANGE_SOME || rs.n > 0);
	assert(verdict != HTTP_RANGE_UNSATISFIABLE || rs.n == 0);
	for (size_t i = 0; i < rs.n; i++) {
		assert(rs.at[i].length > 0 && rs.at[i].from < size);
		assert(rs.at[i].length <= size - rs.at[i].from);
		for (size_t j = 0; j < i; j++)
			assert(rs.at[i].from > rs.at[j].from + rs.at[j].length ||
				rs.at[j].from > rs.at[i].from + rs.at[i].length);
	}
}

/* What was read is written and read again as the same, as far as it can be written. */
static void check_date(struct span text)
{
	char again[HTTP_DATE_SIZE];
	int64_t seconds, back;

	if (!http_date_parse(text, NOW, &seconds))
		return;
	http_date_format(seconds, again);
	assert(strlen(again) == HTTP_DATE_SIZE - 1);
	assert(http_date_parse(span_of(again), NOW, &back));
	assert(back == seconds || seconds < 0 || seconds > back);
}

/* The value in every field that is looked at, twice in one of them. */
static void check_fields(struct span value)
{
	static const char *const names[] = {"If-Match", "If-None-Match", "If-Modified-Since",
		"If-Unmodified-Since", "If-Range", "Range", "Accept-Encoding", "Accept-Encoding"};
	const struct http_validators v = {SPAN_LIT("\"a\""), NOW - HOUR};
	struct http_head head = {0};
	struct http_codings codings;
	struct http_wishes w;
	char *base = malloc(256 + value.n);
	uint32_t at = 0;

	assert(base);
	if (value.n)
		memcpy(base + 256, value.p, value.n);
	for (size_t i = 0; i < nitems(names); i++) {
		uint32_t len = (uint32_t)strlen(names[i]);

		memcpy(base + at, names[i], len);
		head.headers[head.nheaders++] = (struct http_header){
			{at, len}, {256, (uint32_t)value.n}};
		at += len;
	}
	for (head.nheaders = 0; head.nheaders <= nitems(names); head.nheaders++) {
		http_wishes_read(&head, base, &w);
		http_condition(&w, &v, NOW);
		http_range_is_wanted(&w, &v, NOW);
		http_codings_read(&head, base, &codings);
		for (int i = 0; i < CODINGS; i++)
			assert(codings.weight[i] <= 1000);
		for (unsigned there = 0; there < 4; there++) {
			enum http_coding best = http_coding_best(&codings, there | 4);
			assert(best == CODING_IDENTITY || (there & 1u << best));
		}
	}
	free(base);
}

static void check_types(struct span table)
{
	struct media *m = media_parse(table);
	const char *type;

	assert(m);
	type = media_type(m, table);
	for (; *type; type++)
		assert(*type == '/' || http_is(*type, HTTP_TOKEN));
	media_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy;
	struct span s;

	if (size < 2 || size > 4096)
		return 0;
	s.n = size - 2;
	copy = malloc(s.n ? s.n : 1);
	assert(copy);
	memcpy(copy, data + 2, s.n);
	s.p = copy;
	switch (data[0] % 4) {
	case 0:
		check_ranges(s, data[1] < 128 ? data[1] : INT64_MAX - data[1] + 128);
		break;
	case 1:
		check_date(s);
		break;
	case 2:
		check_fields(s);
		break;
	case 3:
		check_types(s);
		break;
	}
	free(copy);
	return 0;
}
