/* SPDX-License-Identifier: MIT
 *
 * house: what the manager holds together, from opening to closing; and how it closes.
 * Runs in: the manager. There is one house; it is passed, never global.
 */
#ifndef HEARTH_HOUSE_H
#define HEARTH_HOUSE_H

#include "manager/downlink.h"
#include "manager/notify.h"

/* In this order; a mood only ever rises. */
enum house_mood {
	HOUSE_OPENING, /* no plan has been active yet */
	HOUSE_SERVING,
	HOUSE_DRAINING, /* finishes what runs */
	HOUSE_STOPPING, /* TERM to everybody */
	HOUSE_KILLING,  /* KILL to everybody */
	HOUSE_MOODS
};

extern const char *const house_mood_names[HOUSE_MOODS];

/* Somebody who asked and waits for the answer. The link is for whom it waits on. */
struct asker {
	struct list link;
	void (*say)(struct asker *a, struct span text);
	/* Once, and the last: an exit status, and the reason if it is not 0 (else NULL). */
	void (*end)(struct asker *a, unsigned status, const char *why);
};

struct house {
	struct loop loop;
	struct conf *conf; /* what serves; NULL until the first plan is active */
	struct conf *next; /* what is being offered, or NULL */
	uint32_t generation, last_generation;
	struct listeners doors;
	struct pools pools;
	struct downlink downlink;
	struct journal journal;
	struct slowlog slowlog;
	struct notify notify; /* whoever started us */
	struct identity gateway;
	char *workers_dir;
	int workers_fd; /* locked as long as we live: one house has one directory */
	enum house_mood mood;
	struct mono born;
	struct list for_reload, for_end; /* askers */
	struct list orders;              /* for pools, that take their time (pool_orders.c) */
	bool reload_again;               /* a signal came while a plan was on offer */
	bool refused; /* the last reload was: what serves is not what the file says */
	char *path;   /* of the configuration; NULL: there is nothing to reload */
	int status;   /* of our exit */
	void (*on_open)(struct house *h); /* the first plan is active */
	/* Something happened that whoever started us may want to know; or NULL. */
	void (*on_news)(struct house *h, void *arg);
	void *news_arg;
};

/* An empty house. False: `why`, and nothing to close. */
bool house_init(struct house *h, const struct downlink_owner *ops, char *why, size_t size);
/* Finds the helpers and the gateway's user, makes the directories; starts nothing. */
bool house_furnish(struct house *h, const struct conf *conf, char *why, size_t size);
/* The directory that a file is going to stand in. */
bool house_make_parent(const char *path, char *why, size_t size);
/* The configuration that serves, or at opening the one that is going to. */
const struct conf *house_conf(const struct house *h);
/* Opens the logs again and tells the gateway. */
bool house_reopen(struct house *h, char *why, size_t size);
/* Tells those who wait for news. */
void house_news(struct house *h);
/* Raises the mood to one of the last three. The loop stops when everybody is gone. */
void house_stop(struct house *h, enum house_mood mood);
/* Call when somebody is gone. */
void house_progress(struct house *h);
void house_answer_all(struct list *askers, unsigned status, const char *why);
/* Idempotent. */
void house_close(struct house *h);

#endif
