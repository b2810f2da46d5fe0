// Preview shows the pages of the service with made-up content: every example of package web, with
// the static files and under the policies that they have in the service.
//
//	make preview
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sessionhub/web"
)

// The policies of the pages in the service: those of the panel run their own scripts, the others none.
const (
	panelPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	otherPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

// run serves the examples until ctx is done.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:3001", "where to serve")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "The pages are at http://%s until you press Ctrl-C.\n", listener.Addr())
	server := &http.Server{Handler: newHandler(web.Examples()), ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newHandler serves an index at /, examples at /<page>/<name>, and static files.
func newHandler(examples []web.Example) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(web.Static())))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		page(w, otherPolicy, func(w io.Writer) error { return index.Execute(w, examples) })
	})
	for _, example := range examples {
		policy := otherPolicy
		if strings.HasPrefix(example.Page, "admin_") {
			policy = panelPolicy
		}
		mux.HandleFunc("GET /"+example.Page+"/"+strings.ReplaceAll(example.Name, " ", "-"), func(w http.ResponseWriter, _ *http.Request) {
			page(w, policy, example.Render)
		})
	}
	// Links of the panel lead to the usual example of the page that they name; forms are not sent anywhere.
	for path, to := range map[string]string{
		"/admin/sessions": "admin_sessions", "/admin/sessions/{id}": "admin_session", "/admin/usage": "admin_usage",
		"/admin/audit": "admin_audit", "/admin/keys": "admin_keys", "/admin/keys/{hash}": "admin_key",
	} {
		mux.Handle("GET "+path, http.RedirectHandler("/"+to+"/usual", http.StatusFound))
	}
	return mux
}

// page answers with what render writes, or with why it did not.
func page(w http.ResponseWriter, policy string, render func(io.Writer) error) {
	var text strings.Builder
	if err := render(&text); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text.String())
}

// index lists the examples.
var index = template.Must(template.New("index").Funcs(template.FuncMap{
	"path": func(name string) string { return strings.ReplaceAll(name, " ", "-") },
}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pages - sessionhub</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/connect.css">
</head>
<body>
<main>
<h1>Pages</h1>
{{$page := ""}}{{range .}}{{if ne $page .Page}}{{if $page}}</ul>{{end}}
<h2>{{.Page}}</h2>
<ul>{{end}}{{$page = .Page}}
  <li><a href="/{{.Page}}/{{path .Name}}">{{.Name}}</a></li>{{end}}
</ul>
</main>
</body>
</html>
`))
