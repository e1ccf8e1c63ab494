/* SPDX-License-Identifier: MIT
 *
 * fcgi-bench: a FastCGI worker that costs as little as libfcgi allows, so that a bench measures the
 * gateway in front of it. The same program runs behind every server that is compared.
 */
#include <fcgiapp.h>

int main(void)
{
	static const char answer[] = "Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n";
	FCGX_Request r;

	if (FCGX_Init() != 0 || FCGX_InitRequest(&r, 0, 0) != 0)
		return 1;
	while (FCGX_Accept_r(&r) == 0) {
		FCGX_PutStr(answer, sizeof answer - 1, r.out);
		FCGX_Finish_r(&r);
	}
	return 0;
}
