/* SPDX-License-Identifier: MIT
 *
 * clients: see clients.h.
 *
 * A hash table in shards, each with a lock of its own. Whoever can choose addresses (an IPv6
 * network has many) must not be able to choose rows: so the hash has a key that nobody knows.
 */
#include "gateway/clients.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"

#define SHARDS       64
#define ROWS_MIN     16
#define SAY_EVERY_MS 1000

struct client {
	struct client *next; /* in its row */
	uint64_t name, hash;
	uint32_t connections;
};

static struct shard {
	pthread_mutex_t lock;
	struct client **rows;
	size_t nrows, nclients; /* nrows: a power of 2, or 0 */
} shards[SHARDS];

static uint64_t key[2];
static pthread_once_t ready = PTHREAD_ONCE_INIT;

static void get_ready(void)
{
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_init(&shards[i].lock, NULL);
	if (getrandom(key, sizeof key, GRND_NONBLOCK) == (ssize_t)sizeof key)
		return;
	/* Just after boot there may be nothing better. */
	key[0] = (uint64_t)mono_now().us * 0x9e3779b97f4a7c15;
	key[1] = (uint64_t)time(NULL) << 32 ^ (uint64_t)getpid() ^ (uint64_t)(uintptr_t)&key;
}

/* ---- SipHash-1-3 (Aumasson and Bernstein) of eight bytes ---- */

static inline uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t hash_of(uint64_t name)
{
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
	const uint64_t words[] = {name, (uint64_t)sizeof name << 56};

	for (int i = 0; i < 2; i++) {
		v[3] ^= words[i];
		sip_round(v);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- names ---- */

/* Four bytes of IPv4, or the first eight of IPv6: those that begin with four zeros are nobody's
 * (RFC 4291 2.4), so the two do not meet. False: this is not counted. */
static bool name_of(const struct ip *ip, uint64_t *name)
{
	static const struct ip loopback = {.bytes = {[15] = 1}};
	const bool is_v4 = ip_is_v4(ip);
	const uint8_t *p = ip->bytes + (is_v4 ? 12 : 0);

	*name = 0;
	for (int i = 0; i < (is_v4 ? 4 : 8); i++)
		*name = *name << 8 | p[i];
	return !ip_is_none(ip) && !ip_eq(ip, &loopback) && !(is_v4 && p[0] == 127);
}

/* ---- rows; the shard's lock is held ---- */

static struct shard *shard_of(uint64_t hash)
{
	return &shards[hash % SHARDS];
}

static struct client **row_of(const struct shard *s, uint64_t hash)
{
	return &s->rows[hash / SHARDS & (s->nrows - 1)];
}

static struct client *find(const struct shard *s, uint64_t hash, uint64_t name)
{
	struct client *c = s->nrows ? *row_of(s, hash) : NULL;

	while (c && c->name != name)
		c = c->next;
	return c;
}

/* As many rows as clients. Without memory for more the old ones have to do. */
static bool has_rows(struct shard *s)
{
	struct shard larger = {.nrows = s->nrows ? 2 * s->nrows : ROWS_MIN};
	struct client *c, *next;

	if (s->nclients < s->nrows)
		return true;
	larger.rows = calloc(larger.nrows, sizeof(struct client *));
	if (!larger.rows)
		return s->nrows > 0;
	for (size_t i = 0; i < s->nrows; i++) {
		for (c = s->rows[i]; c; c = next) {
			struct client **row = row_of(&larger, c->hash);
			next = c->next;
			c->next = *row;
			*row = c;
		}
	}
	free(s->rows);
	s->rows = larger.rows;
	s->nrows = larger.nrows;
	return true;
}

static struct client *add(struct shard *s, uint64_t hash, uint64_t name)
{
	struct client *c = has_rows(s) ? malloc(sizeof *c) : NULL;

	if (!c)
		return NULL;
	*c = (struct client){.next = *row_of(s, hash), .name = name, .hash = hash};
	*row_of(s, hash) = c;
	s->nclients++;
	return c;
}

static void drop(struct shard *s, struct client *gone)
{
	struct client **at = row_of(s, gone->hash);

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	free(gone);
	if (--s->nclients == 0) {
		free(s->rows);
		s->rows = NULL;
		s->nrows = 0;
	}
}

/* ---- in and out ---- */

static void say(const struct ip *from, uint32_t most)
{
	static _Atomic int64_t due_us;
	static _Atomic unsigned unsaid;
	struct mono now = mono_now();
	int64_t due = due_us;
	char text[IP_TEXT_MAX];
	unsigned others;

	if (now.us < due ||
		!atomic_compare_exchange_strong(&due_us, &due, mono_add_ms(now, SAY_EVERY_MS).us)) {
		unsaid++;
		return;
	}
	others = atomic_exchange(&unsaid, 0);
	log_warn("client %s: turned away, it has %u connections already (max_client_connections); "
		 "%u more were since the last such line",
		ip_put(from, text), most, others);
}

bool clients_enter(const struct ip *from, uint32_t most, struct client **client)
{
	uint64_t name, hash;
	struct client *c;
	struct shard *s;
	bool allowed;

	*client = NULL;
	if (most == 0 || !name_of(from, &name))
		return true;
	pthread_once(&ready, get_ready);
	hash = hash_of(name);
	s = shard_of(hash);
	pthread_mutex_lock(&s->lock);
	c = find(s, hash, name);
	if (!c)
		c = add(s, hash, name);
	allowed = !c || c->connections < most;
	if (c && allowed) {
		c->connections++;
		*client = c;
	}
	pthread_mutex_unlock(&s->lock);
	if (!allowed)
		say(from, most);
	return allowed;
}

void clients_leave(struct client *client)
{
	struct shard *s;

	if (!client)
		return;
	s = shard_of(client->hash);
	pthread_mutex_lock(&s->lock);
	if (--client->connections == 0)
		drop(s, client);
	pthread_mutex_unlock(&s->lock);
}
