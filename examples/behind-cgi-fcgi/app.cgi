#!/usr/bin/cgi-fcgi -f
-bind -connect /run/hearth/app.sock
