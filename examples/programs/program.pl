#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Perl with FCGI (Debian: libfcgi-perl), which is libfcgi underneath: STDIN, STDOUT and STDERR are the
# request's streams from one Accept to the next, and the parameters come to a hash of our own rather than
# to %ENV. One request at a time.
use strict;
use warnings;
use FCGI;
use Time::HiRes 'sleep';

my %param;
my $request = FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \%param);

sub begin { print 'Content-Type: ', shift, "\r\n\r\n" }

my %pages = (
	'/hello' => sub {
		begin('text/plain');
		print "Hello from Perl, process $$\n";
	},
	'/env' => sub {
		begin('text/plain');
		print "$_=$param{$_}\n" for sort keys %param;
	},
	'/echo' => sub {
		begin('application/octet-stream');
		my $some;
		print $some while read STDIN, $some, 65536;
	},
	'/slow' => sub {
		my ($ms) = ($param{QUERY_STRING} // '') =~ /^ms=(\d+)/;
		sleep(($ms // 0) / 1000);
		begin('text/plain');
		print $ms // 0, " ms, 1 at once\n";
	},
	'/crash' => sub { kill KILL => $$ },
	'/say' => sub {
		print STDERR "Perl has something to say\n";
		begin('text/plain');
		print "said\n";
	},
);

while ($request->Accept() >= 0) {
	my $page = $pages{$param{PATH_INFO} // ''} // sub {
		print "Status: 404 Not Found\r\n";
		begin('text/plain');
		print "no such page\n";
	};
	$page->();
}
