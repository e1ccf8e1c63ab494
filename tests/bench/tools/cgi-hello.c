/* SPDX-License-Identifier: MIT
 *
 * The least CGI program: linked statically, so that a bench of those who start it measures them and
 * not the dynamic linker.
 */
#include <unistd.h>

int main(void)
{
	static const char said[] = "Content-Type: text/plain\n\nhello";

	return write(STDOUT_FILENO, said, sizeof said - 1) == sizeof said - 1 ? 0 : 1;
}
