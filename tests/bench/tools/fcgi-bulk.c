/* SPDX-License-Identifier: MIT
 *
 * fcgi-bulk: a FastCGI worker for slow clients: it reads a request's body to its end and answers
 * with a megabyte; without a body it says hello.
 */
#include <fcgiapp.h>
#include <string.h>

static char megabyte[1 << 20], room[65536];

int main(void)
{
	FCGX_Request r;

	memset(megabyte, 'm', sizeof megabyte);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&r, 0, 0) != 0)
		return 1;
	while (FCGX_Accept_r(&r) == 0) {
		long body = 0, n;
		while ((n = FCGX_GetStr(room, sizeof room, r.in)) > 0)
			body += n;
		FCGX_FPrintF(r.out, "Content-Type: text/plain\r\n\r\n");
		if (body)
			FCGX_PutStr(megabyte, sizeof megabyte, r.out);
		else
			FCGX_FPrintF(r.out, "hello\n");
		FCGX_Finish_r(&r);
	}
	return 0;
}
