#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# index.cgi: the page that explains these samples. It reads what each says of itself in its first
# comment, and looks whether what its first line names is installed: nobody has to keep a list.
use strict;
use warnings;

my @samples = qw(hello hello-c env form upload guestbook hitcounter chart clock calendar.php redirect nph-teapot style source);

# What a language is called, and the Debian package that has it, by the program in the first line.
my %languages = (
	sh => ['shell', 'dash'],
	awk => ['awk', 'mawk'],
	perl => ['Perl', 'perl'],
	python3 => ['Python', 'python3'],
	ruby => ['Ruby', 'ruby'],
	lua => ['Lua', 'lua5.4'],
	tclsh => ['Tcl', 'tcl'],
	'php-cgi' => ['PHP', 'php-cgi'],
	node => ['JavaScript', 'nodejs'],
);

# Samples that are pictures show themselves.
my %pictures = (hitcounter => 'visits, counted', chart => 'eleven bars');

sub escape {
	my ($text) = @_;
	$text =~ s/([&<>"'])/'&#' . ord($1) . ';'/ge;
	return $text;
}

sub first_lines {
	my ($file) = @_;
	open my $in, '<', $file or return '';
	read $in, my $text, 2048;
	return $text // '';
}

# The sentences behind "name: " in the first comment, up to where that ends.
sub explanation {
	my ($name, $text) = @_;
	my ($first, @rest) = split /\n/, $text =~ /^\W*\Q$name\E: (.*)/ms ? $1 : '';
	my $all = $first // '';
	for my $line (@rest) {
		last if $line !~ m{^\s?(?:#|--|//|\*) +(\S.*)};
		$all .= " $1";
	}
	return escape(ucfirst $all);
}

sub card {
	my ($name, $href, $language, $text, $missing) = @_;
	my $source = $href =~ m{^/cgi-bin/} ? qq(<a href="/cgi-bin/source?$name" aria-label="source of $name">source</a>) : '';
	my $class = $missing ? ' class="missing"' : '';
	my $title = $missing ? $name : qq(<a href="$href">$name</a>);
	my $picture = !$missing && $pictures{$name} ? qq(<img src="$href" alt="$pictures{$name}">\n) : '';
	my $more = $missing ? "$missing $source" : $source;
	return <<"END";
<li$class>
<h2>$title <span class="tag">$language</span></h2>
<p>$text</p>
$picture<p class="more">$more</p>
</li>
END
}

sub sample {
	my ($name) = @_;
	my $compiled = $name eq 'hello-c';
	my $text = first_lines($compiled ? 'hello.c' : $name);
	my ($path, $program) = $text =~ m{^#!\s*(\S*?([^/\s]+))(?:\s|$)};
	my ($language, $package) = $compiled ? ('C', '') : @{ $languages{ $program // '' } // [$program // '?', ''] };
	my $missing = '';
	$missing = 'Not compiled here: <code>make run</code> does that.' if $compiled && !-x $name;
	$missing = "$language is not installed here: <code>apt install $package</code>." if !$compiled && !-x ($path // '');
	return card($name, "/cgi-bin/$name", $language, explanation($name, $text), $missing);
}

my $cards = join '', map { sample($_) } @samples;
# `make run` has a FastCGI program as well, and says where.
$cards .= card('hello, warm', escape($ENV{SAMPLE_WORKER}), 'C, FastCGI', 'Not a script but a worker: two processes that '
	. 'stay, and count what they have answered. Load it again and watch.', '') if $ENV{SAMPLE_WORKER};

print "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n", <<"END";
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hearth: samples</title>
<link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/cgi-bin/style">
</head><body><main class="wide">
<h1>hearth</h1>
<p class="lead">A home for CGI and FastCGI programs. Behind each of these is a script: a process that answers one
request, in a language of its own. They are short, and meant to be read.</p>
<ul class="cards">
$cards</ul>
<footer>
<p>Three programs share the work: a manager that owns the processes, a gateway that talks to the network without any
privilege, and a runner that starts the scripts. This page is a script, too:
<a href="/cgi-bin/source?index.cgi">its source</a>.</p>
</footer>
</main></body></html>
END
