/* SPDX-License-Identifier: MIT
 *
 * fuzz_sendfile_path: whatever a program names, the path lies below the root and is no dot-file,
 * and one that was decoded is not decoded again.
 *
 * Input: a byte whose bits pick the header and the root, then its value.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/http_target.h"
#include "gateway/sendfile_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const roots[] = {"/", "/srv/files", "//srv//files/", "/srv/.files"};

static void check_path(struct span path)
{
	assert(path.n > 0 && path.p[0] == '/' && path.p[path.n] == '\0');
	assert(!http_target_is_hidden(path));
	for (size_t i = 1, start = 1; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		assert(i == path.n || i > start); /* only the last segment may be empty */
		assert(!(i - start == 2 && path.p[start] == '.' && path.p[start + 1] == '.'));
		start = i + 1;
	}
}

/* Taken literally it leads to itself. */
static void check_again(struct span path)
{
	char *buffer = malloc(path.n + 2);
	struct span again;
	const char *why;

	assert(buffer);
	assert(sendfile_path(CGI_FILE_PATH, path, span_of("/"), buffer, path.n + 2, &again, &why) ==
			0 ||
		path.n == 1);
	assert(path.n == 1 || span_eq(path, again));
	free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum cgi_file kind;
	struct span value, path;
	const char *why = NULL, *root;
	char *copy, *buffer;
	int status;

	if (size < 1)
		return 0;
	kind = data[0] & 1 ? CGI_FILE_URL : CGI_FILE_PATH;
	root = roots[(data[0] >> 1) % nitems(roots)];
	value.n = size - 1;
	copy = malloc(value.n ? value.n : 1);
	buffer = malloc(value.n + 2);
	assert(copy && buffer);
	memcpy(copy, data + 1, value.n);
	value.p = copy;
	status = sendfile_path(kind, value, span_of(root), buffer, value.n + 2, &path, &why);
	assert(status == 0 || status == 403 || status == 404 || status == 502);
	if (status) {
		assert(why && why[0]);
	} else {
		check_path(path);
		check_again(path);
	}
	free(copy);
	free(buffer);
	return 0;
}
