/* SPDX-License-Identifier: MIT
 *
 * output: see output.h.
 */
#include "manager/output.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/span.h"

/* Reads of one turn of the loop: one babbling worker must not starve the others. */
#define READS_A_TURN 4
/* Reads of a last visit, when nobody writes any more: more than any pipe holds. */
#define READS_AT_END 1024

static void second_over(struct timer *t)
{
	struct output *o = container_of(t, struct output, second);

	if (o->dropped)
		log_warn("%s %d said too much into %s: %u lines dropped", o->title, o->pid,
			o->stream, o->dropped);
	o->said = o->dropped = 0;
}

static void say(struct output *o, const char *line)
{
	char whose[96];

	if (o->said == 0 && o->dropped == 0)
		timer_set_ms(o->loop, &o->second, 1000);
	if (o->said >= OUTPUT_LINES_MAX) {
		o->dropped++;
		return;
	}
	o->said++;
	snprintf(whose, sizeof whose, "%s %d", o->title, o->pid);
	log_words(LOG_AT_WARNING, &(struct log_words){whose, o->stream, line, "", o->plain});
}

static void take_line(void *arg, const char *line)
{
	struct output *o = arg;
	char visible[OBITUARY_CHARS + 1];

	log_escape(visible, sizeof visible, line, strlen(line));
	last_words_add(&o->last, visible);
	say(o, line);
}

/* False: nothing there now. Closes at the end of file. */
static bool read_some(struct output *o)
{
	char bytes[16384];
	ssize_t n = read(o->io.fd, bytes, sizeof bytes);

	if (n > 0) {
		lines_take(&o->lines, (struct span){bytes, (size_t)n}, take_line, o);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		loop_del(o->loop, &o->io);
		fd_close(&o->io.fd);
		lines_end(&o->lines, take_line, o);
	}
	return false;
}

static void on_bytes(struct io *io, uint32_t events)
{
	struct output *o = container_of(io, struct output, io);

	(void)events;
	for (int i = 0; i < READS_A_TURN && read_some(o); i++)
		;
}

void output_open(struct output *o, struct loop *l, int fd, const char *title, const char *stream)
{
	*o = (struct output){
		.io = {.fd = fd, .fn = on_bytes}, .loop = l, .title = title, .stream = stream};
	o->lines.most = log_words_max();
	timer_init(&o->second, second_over);
	loop_add(l, &o->io, EPOLLIN);
}

void output_close(struct output *o)
{
	if (!o->loop)
		return;
	for (int i = 0; i < READS_AT_END && o->io.fd >= 0 && read_some(o); i++)
		;
	if (o->io.fd >= 0)
		loop_del(o->loop, &o->io);
	fd_close(&o->io.fd);
	lines_end(&o->lines, take_line, o);
	lines_free(&o->lines);
	second_over(&o->second);
	timer_stop(o->loop, &o->second);
	o->loop = NULL;
}
