/* SPDX-License-Identifier: MIT
 *
 * fuzz_msg: whatever bytes arrive, a letter is refused with a sentence or it is exactly one: what
 * was decoded encodes to the same bytes, and its strings lie within them.
 */
#include <stdlib.h>

#include "common/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* abort, and not must: a fuzzer wants the input kept. */
static void claim(bool true_claim)
{
	if (!true_claim)
		abort();
}

static void claim_inside(struct span part, struct span whole)
{
	claim(part.n <= whole.n);
	claim(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

#define IGNORE(x)
#define CHECK_STR(x) claim_inside(m->x, bytes);
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning)        \
	static void check_##name(const union msg *any, struct span bytes) \
	{                                                                 \
		const struct msg_##name *m = &any->name;                  \
		(void)m, (void)bytes;                                     \
		FIELDS(IGNORE, IGNORE, CHECK_STR)                         \
	}
#include "common/msg.def"
#undef LETTER

static void (*const checks[MSG_TYPES])(const union msg *m, struct span bytes) = {
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) check_##name,
#include "common/msg.def"
#undef LETTER
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = {(const char *)data, size};
	enum msg_type type = MSG_TYPES;
	struct buf again = BUF_INIT;
	union msg m;
	const char *why = msg_decode(bytes, &type, &m);

	if (why) {
		claim(*why != '\0');
		return 0;
	}
	claim((unsigned)type < MSG_TYPES);
	checks[type](&m, bytes);
	claim(msg_encode(&again, type, &m));
	claim(span_eq(buf_span(&again), bytes));
	buf_free(&again);
	return 0;
}
