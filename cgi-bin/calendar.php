#!/usr/bin/php-cgi
<?php
# SPDX-License-Identifier: MIT
#
# calendar.php: a month, chosen by the path behind the script's name (PATH_INFO).
#
# It is calendar.php/2026/11, for one. php-cgi speaks CGI itself: header() makes the header, what is printed is the page.
$known = preg_match('#^/?$|^/(19\d\d|2[01]\d\d)/(0?[1-9]|1[0-2])$#D', $_SERVER['PATH_INFO'] ?? '', $asked);
$days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

header('Content-Type: text/html; charset=utf-8');
header_remove('X-Powered-By');
if (!$known) {
	http_response_code(404);
	echo "<!DOCTYPE html><title>No such month</title><p>There is no such month.</p>\n";
	exit;
}
if (!in_array($_SERVER['REQUEST_METHOD'], ['GET', 'HEAD'])) {
	http_response_code(405);
	header('Allow: GET, HEAD');
	echo "<!DOCTYPE html><title>GET, please</title><p>GET, please.</p>\n";
	exit;
}

$today = new DateTimeImmutable('today');
$first = isset($asked[2]) ? new DateTimeImmutable("$asked[1]-$asked[2]-1") : $today->modify('first day of this month');

function month_link(DateTimeImmutable $month): string
{
	$year = (int)$month->format('Y');
	$href = htmlspecialchars($_SERVER['SCRIPT_NAME'] . $month->format('/Y/m'));
	return $year < 1900 || $year > 2199 ? '' : "<a href=\"$href\">" . $month->format('F Y') . '</a>';
}
?>
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Calendar</title>
<link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/cgi-bin/style">
</head><body><main>
<h1><?= $first->format('F Y') ?></h1>
<p><?= month_link($first->modify('-1 month')) ?> &middot; <?= month_link($first->modify('+1 month')) ?></p>
<table class="days">
<thead><tr>
<?php foreach ($days as $day): ?>
<th scope="col"><abbr title="<?= $day ?>"><?= substr($day, 0, 2) ?></abbr></th>
<?php endforeach ?>
</tr></thead>
<tbody>
<?php
// From the Monday on or before the first to the Sunday on or after the last.
$at = $first->modify('-' . ($first->format('N') - 1) . ' days');
while ($at->format('Ym') <= $first->format('Ym')):
?>
<tr>
<?php for ($i = 0; $i < 7; $i++, $at = $at->modify('+1 day')): ?>
<td<?= $at == $today ? ' class="today"' : '' ?>><?= $at->format('m') === $first->format('m') ? $at->format('j') : '' ?></td>
<?php endfor ?>
</tr>
<?php endwhile ?>
</tbody>
</table>
<p><a href="/">Back</a></p>
</main></body></html>
