#!/usr/bin/ruby
# SPDX-License-Identifier: MIT
#
# Ruby with fcgi (Debian: ruby-fcgi). Request and answer are whole in memory while a page is made, and
# the library closes the connection behind each: hearth opens another. One request at a time.
require 'fcgi'

PAGES = {
  '/hello' => lambda { |r|
    r.out << "Content-Type: text/plain\r\n\r\n" << "Hello from Ruby, process #{$$}\n"
  },
  '/env' => lambda { |r|
    r.out << "Content-Type: text/plain\r\n\r\n"
    r.env.sort.each { |name, value| r.out << "#{name}=#{value}\n" }
  },
  '/echo' => lambda { |r|
    r.out << "Content-Type: application/octet-stream\r\n\r\n" << r.in.read
  },
  '/slow' => lambda { |r|
    ms = r.env['QUERY_STRING'].to_s[/\Ams=(\d+)/, 1].to_i
    sleep ms / 1000.0
    r.out << "Content-Type: text/plain\r\n\r\n" << "#{ms} ms, 1 at once\n"
  },
  '/crash' => ->(_) { Process.kill(:KILL, $$) },
  '/say' => lambda { |r|
    r.err << "Ruby has something to say\n"
    r.out << "Content-Type: text/plain\r\n\r\n" << "said\n"
  }
}.freeze
LOST = lambda { |r|
  r.out << "Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\n" << "no such page\n"
}

FCGI.each_request do |request|
  request.out.binmode
  PAGES.fetch(request.env['PATH_INFO'], LOST).call(request)
  request.finish
end
