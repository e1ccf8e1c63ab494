/* SPDX-License-Identifier: MIT
 *
 * msg: see msg.h. On the wire a letter is its number (16 bits) and its fields.
 */
#include "common/msg.h"

const struct msg_row msg_rows[MSG_TYPES] = {
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) \
	[MSG_##NAME] = {#NAME, number, from, to, fds, meaning},
#include "common/msg.def"
#undef LETTER
};

#define PUT_U32(x) &&buf_put_u32(b, m->x)
#define PUT_U64(x) &&buf_put_u64(b, m->x)
#define PUT_STR(x) &&buf_put_str(b, m->x)
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) \
	static bool put_##name(struct buf *b, const void *payload) \
	{                                                          \
		const struct msg_##name *m = payload;              \
		return true FIELDS(PUT_U32, PUT_U64, PUT_STR);     \
	}
#include "common/msg.def"
#undef LETTER

#define GET_U32(x) m->x = cur_u32(c);
#define GET_U64(x) m->x = cur_u64(c);
#define GET_STR(x) m->x = cur_str(c);
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) \
	static void get_##name(struct cursor *c, union msg *any)   \
	{                                                          \
		struct msg_##name *m = &any->name;                 \
		FIELDS(GET_U32, GET_U64, GET_STR)                  \
	}
#include "common/msg.def"
#undef LETTER

static const struct {
	bool (*put)(struct buf *b, const void *payload);
	void (*get)(struct cursor *c, union msg *any);
} codec[MSG_TYPES] = {
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) \
	[MSG_##NAME] = {put_##name, get_##name},
#include "common/msg.def"
#undef LETTER
};

bool msg_encode(struct buf *b, enum msg_type type, const void *payload)
{
	return buf_put_u16(b, msg_rows[type].number) && codec[type].put(b, payload);
}

const char *msg_decode(struct span bytes, enum msg_type *type, union msg *m)
{
	struct cursor c = {bytes.p, bytes.n, false};
	uint16_t number = cur_u16(&c);
	unsigned t = 0;

	while (t < MSG_TYPES && msg_rows[t].number != number)
		t++;
	if (c.bad || t == MSG_TYPES)
		return "no such letter";
	codec[t].get(&c, m);
	if (!cur_done(&c))
		return c.bad ? "the letter is too short" : "the letter is too long";
	*type = (enum msg_type)t;
	return NULL;
}
