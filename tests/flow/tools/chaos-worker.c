/* SPDX-License-Identifier: MIT
 *
 * chaos-worker: answers every request so that its client can tell whether the answer is its own,
 *whole and the only one. FastCGI program or CGI script, as it is started.
 *
 * The query is tag=TAG&lines=N&ms=MS&pieces=N&length=1&hold=PATH, all but the tag optional. The
 *answer is
 *
 *	begin TAG LENGTH CRC		of the request's body
 *	TAG				N lines of that
 *	end TAG
 *
 * after MS milliseconds, with a pause of MS between pieces; with length it says before how long it
 *is; with hold it makes the file PATH.TAG and waits until the file PATH is there. TAG is appended
 *to the file that RAN names, so that everybody can see how often it ran. DOCTOR=mix answers some
 *requests as the one before them, DOCTOR=half leaves out the end of some, DOCTOR=twice says that
 *some ran twice: by which the test of chaos shows that it can fail.
 */
#include <fcgi_stdio.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TAG_MAX 64
#define EVERY   40 /* of which the doctor spoils one */

struct ask {
	char tag[TAG_MAX];
	long lines, ms, pieces, length;
	char hold[512];
};

static unsigned long served;
static const char *doctor, *ran; /* of our own environment: a request's takes its place */

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static bool doctors(const char *how)
{
	return strcmp(doctor, how) == 0 && served % EVERY == 0;
}

/* The value of name= in the query; "" if it is not there. */
static void word(const char *name, char *to, size_t size)
{
	const char *at = variable("QUERY_STRING");
	size_t n = strlen(name), len;

	*to = '\0';
	while (at && (strncmp(at, name, n) != 0 || at[n] != '=')) {
		at = strchr(at, '&');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return;
	len = strcspn(at + n + 1, "&");
	len = len < size ? len : size - 1;
	memcpy(to, at + n + 1, len);
	to[len] = '\0';
}

static long number(const char *name)
{
	char text[32];

	word(name, text, sizeof text);
	return atol(text);
}

/* As zlib's. */
static uint32_t crc32_of(uint32_t crc, const unsigned char *p, size_t n)
{
	static uint32_t table[256];

	for (uint32_t i = 0; i < 256 && !table[255]; i++) {
		uint32_t c = i;
		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
		table[i] = c;
	}
	for (crc = ~crc; n; n--, p++)
		crc = table[(crc ^ *p) & 0xff] ^ crc >> 8;
	return ~crc;
}

static void nap(long ms)
{
	if (ms > 0)
		usleep((useconds_t)ms * 1000);
}

static void tell_run(const char *tag)
{
	char line[TAG_MAX + 2];
	int n = snprintf(line, sizeof line, "%s\n", tag);
	int fd = open(ran, O_WRONLY | O_APPEND | O_CLOEXEC);

	for (int i = doctors("twice") ? 2 : 1; fd >= 0 && i > 0; i--)
		if (write(fd, line, (size_t)n) < 0)
			break;
	if (fd >= 0)
		close(fd);
}

static void wait_for_release(const struct ask *a)
{
	char path[sizeof a->hold + TAG_MAX + 2];

	if (!a->hold[0])
		return;
	snprintf(path, sizeof path, "%s.%s", a->hold, a->tag);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
	while (access(a->hold, F_OK) != 0)
		nap(10);
}

static void drink(unsigned long *length, uint32_t *crc)
{
	static unsigned char some[65536];
	size_t n;

	*length = 0;
	*crc = 0;
	while ((n = fread(some, 1, sizeof some, stdin)) > 0) {
		*length += n;
		*crc = crc32_of(*crc, some, n);
	}
}

static void answer(const struct ask *a)
{
	long n, line = (long)strlen(a->tag) + 1;
	char begin[TAG_MAX + 64];
	unsigned long length;
	uint32_t crc;

	drink(&length, &crc);
	wait_for_release(a);
	nap(a->ms);
	n = snprintf(begin, sizeof begin, "begin %s %lu %08x\n", a->tag, length, (unsigned)crc);
	printf("Content-Type: text/plain\r\nX-Tag: %s\r\n", a->tag);
	if (a->length)
		printf("Content-Length: %ld\r\n", n + (a->lines + 1) * line + (long)strlen("end "));
	printf("\r\n%s", begin);
	for (long i = 0; i < a->lines; i++) {
		if (a->pieces && i % (a->lines / a->pieces + 1) == 0) {
			fflush(stdout);
			nap(a->ms);
		}
		printf("%s\n", a->tag);
	}
	if (!doctors("half"))
		printf("end %s\n", a->tag);
}

int main(void)
{
	char before[TAG_MAX] = "";

	doctor = strdup(variable("DOCTOR"));
	ran = strdup(variable("RAN"));
	while (FCGI_Accept() >= 0) {
		struct ask a = {.lines = number("lines"),
			.ms = number("ms"),
			.pieces = number("pieces"),
			.length = number("length")};
		word("tag", a.tag, sizeof a.tag);
		word("hold", a.hold, sizeof a.hold);
		served++;
		tell_run(a.tag);
		if (doctors("mix") && before[0])
			memcpy(a.tag, before, sizeof a.tag);
		answer(&a);
		word("tag", before, sizeof before);
	}
	return 0;
}
