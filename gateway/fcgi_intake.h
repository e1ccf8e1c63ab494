/* SPDX-License-Identifier: MIT
 *
 * fcgi_intake: parameters and streams of a job become the head and the body of its request.
 * Runs in: the gateway. Decides what is wrong with them, and leaves the answering to fcgi_front.
 */
#ifndef HEARTH_FCGI_INTAKE_H
#define HEARTH_FCGI_INTAKE_H

#include "gateway/fcgi_mux.h"

/* More of its parameters. 0, or the status to refuse with. */
int fcgi_intake_params(struct request *r, struct span bytes);
/* They are complete: reads them. 0, or the status to refuse with, and *why for the log. */
int fcgi_intake_head(struct request *r, const char **why);
/* Its pool is known: names that are left out are logged; and would its body be read? 0, or the
 * status to refuse with. */
int fcgi_intake_frame(struct request *r);
/* More of its body, of which nothing counts behind the declared length. 0, or a status. */
int fcgi_intake_body(struct fcgi_job *j, struct span bytes);
/* It is complete. 0, or a status. */
int fcgi_intake_body_end(struct request *r);

#endif
