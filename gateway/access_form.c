/* SPDX-License-Identifier: MIT
 *
 * access_form: see access_form.h.
 */
#include "gateway/access_form.h"

#include <stdlib.h>

#include "common/mem.h"

const char *access_form_read(struct access_form *form, struct span format)
{
	char *text = mem_strndup(format.n ? format.p : "", format.n), why[256];
	struct span rest = span_of(access_format_text(text, &form->json));
	bool good = true;

	while (rest.n && good) {
		struct access_item it;
		good = access_format_next(&rest, &it, why, sizeof why);
		if (good) {
			it.text = (struct span){
				mem_strndup(it.text.n ? it.text.p : "", it.text.n), it.text.n};
			form->items = mem_array(form->items, form->n + 1, sizeof *form->items);
			form->items[form->n++] = it;
			form->usage |= it.what == ACCESS_CPU || it.what == ACCESS_MEMORY;
			form->pid |= it.what == ACCESS_WORKER_PID;
		}
	}
	free(text);
	return good ? NULL : "its access format is not good";
}

void access_form_free(struct access_form *form)
{
	for (size_t i = 0; i < form->n; i++)
		free((void *)(uintptr_t)form->items[i].text.p);
	free(form->items);
}

void access_paths_free(struct access_paths *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		free(paths->at[i]);
	free(paths->at);
}

void access_paths_add(struct access_paths *paths, struct span path)
{
	paths->at = mem_array(paths->at, paths->n + 1, sizeof *paths->at);
	paths->at[paths->n++] = mem_strndup(path.n ? path.p : "", path.n);
}

bool access_paths_have(const struct access_paths *paths, struct span path)
{
	for (size_t i = 0; i < paths->n; i++)
		if (span_is(path, paths->at[i]))
			return true;
	return false;
}
