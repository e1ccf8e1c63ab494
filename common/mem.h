/* SPDX-License-Identifier: MIT
 *
 * mem: allocation that dies loudly. For start-up, configuration and the manager's few objects;
 * never for what a request makes us allocate (there, failure is an answer: buf, 503).
 */
#ifndef HEARTH_MEM_H
#define HEARTH_MEM_H

#include <stddef.h>

void *mem_zalloc(size_t n);
void *mem_array(void *old, size_t count, size_t size);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
