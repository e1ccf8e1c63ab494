// SPDX-License-Identifier: MIT
//
// Go with its standard library: an http.Handler as for a server of its own, given to fcgi.Serve, which
// takes the listening socket from descriptor 0. Each request is a goroutine. The package looks at
// REQUEST_URI alone, so the route is still before the path; and it offers no error stream, but hearth logs
// what a worker writes to its standard error.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"sort"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

var atWork int32

func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "Hello from Go, process %d\n", os.Getpid())
}

// What the package has made fields of, and behind it what it left as it came.
func env(w http.ResponseWriter, r *http.Request) {
	host, port, _ := net.SplitHostPort(r.RemoteAddr)
	lines := []string{
		"REQUEST_METHOD=" + r.Method,
		"QUERY_STRING=" + r.URL.RawQuery,
		"SERVER_PROTOCOL=" + r.Proto,
		"REMOTE_ADDR=" + host,
		"REMOTE_PORT=" + port,
		"HTTP_HOST=" + r.Host,
	}
	for name, values := range r.Header {
		name = "HTTP_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		lines = append(lines, name+"="+strings.Join(values, ", "))
	}
	for name, value := range fcgi.ProcessEnv(r) {
		lines = append(lines, name+"="+value)
	}
	sort.Strings(lines)
	fmt.Fprintln(w, strings.Join(lines, "\n"))
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	io.Copy(w, r.Body)
}

func slow(w http.ResponseWriter, r *http.Request) {
	var ms int
	fmt.Sscanf(r.FormValue("ms"), "%d", &ms)
	atomic.AddInt32(&atWork, 1)
	time.Sleep(time.Duration(ms) * time.Millisecond)
	together := atomic.AddInt32(&atWork, -1) + 1
	fmt.Fprintf(w, "%d ms, %d at once\n", ms, together)
}

func crash(w http.ResponseWriter, r *http.Request) {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func say(w http.ResponseWriter, r *http.Request) {
	log.Print("Go has something to say")
	fmt.Fprintln(w, "said")
}

func main() {
	pages := http.NewServeMux()
	pages.HandleFunc("/hello", hello)
	pages.HandleFunc("/env", env)
	pages.HandleFunc("/echo", echo)
	pages.HandleFunc("/slow", slow)
	pages.HandleFunc("/crash", crash)
	pages.HandleFunc("/say", say)
	log.SetFlags(0)
	log.Fatal(fcgi.Serve(nil, http.StripPrefix("/go", pages)))
}
