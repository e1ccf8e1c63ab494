<?php
// SPDX-License-Identifier: MIT
//
// PHP by php-cgi. There is no loop: php-cgi stays, and runs the file that SCRIPT_FILENAME names from its
// beginning for each request. One request at a time.

function begin(string $type): void
{
	header("Content-Type: $type");
}

function hello(): void
{
	begin('text/plain');
	echo 'Hello from PHP, process ', getmypid(), "\n";
}

function env(): void
{
	begin('text/plain');
	$all = array_filter($_SERVER, 'is_string');
	ksort($all, SORT_STRING);
	foreach ($all as $name => $value)
		echo "$name=$value\n";
}

function echo_(): void
{
	begin('application/octet-stream');
	readfile('php://input');
}

function slow(): void
{
	$ms = (int)($_GET['ms'] ?? 0);
	usleep($ms * 1000);
	begin('text/plain');
	echo "$ms ms, 1 at once\n";
}

function crash(): void
{
	posix_kill(getmypid(), SIGKILL);
}

function say(): void
{
	error_log('PHP has something to say');
	begin('text/plain');
	echo "said\n";
}

function lost(): void
{
	http_response_code(404);
	begin('text/plain');
	echo "no such page\n";
}

match ($_SERVER['PATH_INFO'] ?? '') {
	'/hello' => hello(),
	'/env' => env(),
	'/echo' => echo_(),
	'/slow' => slow(),
	'/crash' => crash(),
	'/say' => say(),
	default => lost(),
};
