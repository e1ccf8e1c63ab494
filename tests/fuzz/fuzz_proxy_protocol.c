/* SPDX-License-Identifier: MIT
 *
 * fuzz_proxy_protocol: the verdict on a header does not depend on how it was cut, and what was
 * accepted keeps the promises of proxy_protocol.h.
 *
 * Input: one byte that picks the cut, then what a proxy sends.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/proxy_protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a buffer of exactly n bytes. */
static ssize_t parse(const uint8_t *data, size_t n, struct proxy_header *h)
{
	char *copy = malloc(n ? n : 1);
	const char *why = NULL;
	ssize_t used;

	assert(copy);
	if (n)
		memcpy(copy, data, n);
	used = proxy_parse(copy, n, h, &why);
	assert((used < 0) == (why != NULL));
	assert(used <= (ssize_t)PROXY_HEADER_MAX);
	free(copy);
	return used;
}

static ssize_t feed(const uint8_t *data, size_t size, size_t step, struct proxy_header *h)
{
	size_t came = 0;
	ssize_t used = 0;

	while (used == 0 && came < size) {
		came = size - came < step ? size : came + step;
		used = parse(data, came, h);
	}
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header whole, again;
	ssize_t verdict;
	size_t step;

	if (size < 2 || size > 2 * PROXY_HEADER_MAX)
		return 0;
	step = (size_t)data[0] + 1;
	data++;
	size--;
	verdict = parse(data, size, &whole);
	assert(feed(data, size, step, &again) == verdict);
	assert(size > 512 || feed(data, size, 1, &again) == verdict);
	assert(size < PROXY_HEADER_LOOK || verdict != 0);
	if (verdict <= 0)
		return 0;
	assert(again.named == whole.named);
	assert(memcmp(&again.client, &whole.client, sizeof whole.client) == 0);
	assert(memcmp(&again.local, &whole.local, sizeof whole.local) == 0);
	assert(whole.named ? !ip_is_none(&whole.client.ip) : whole.client.port == 0);
	/* What follows a header has no say in it, nor has what follows its first bytes. */
	if ((size_t)verdict < size)
		size = (size_t)verdict;
	assert(parse(data, size, &again) == verdict);
	if (size > PROXY_HEADER_LOOK)
		assert(parse(data, PROXY_HEADER_LOOK, &again) == verdict);
	return 0;
}
