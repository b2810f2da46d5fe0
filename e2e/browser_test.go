package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const browserLimit = 2 * time.Minute

// The documentation is whole in a browser that reaches this server and no other: it asks for
// nothing elsewhere, and nothing that it asks for is refused.
func TestDocsPageInBrowser(t *testing.T) {
	browser := need(t, "chromium", "chromium-browser", "google-chrome")
	s := newInstallation(t).start()
	v := visit(t, browser, s.base+"/docs", "docs.png")
	for _, shown := range []string{"POST", "/api/exec/session/{id}", "/api/agent/{agentId}/session", "database-id-hash", "curl", "</html>"} {
		if !strings.Contains(v.dom, shown) {
			t.Errorf("the page does not show %q", shown)
		}
	}
	if hosts := v.hosts(t); !slices.Equal(hosts, []string{strings.TrimPrefix(s.base, "http://")}) {
		t.Errorf("the page asked %v", hosts)
	}
	if strings.Contains(v.console, "CONSOLE") {
		t.Errorf("the browser complains:\n%s", v.console)
	}
}

// A page that does what ours must not do is found out.
func TestVisitSeesOtherHosts(t *testing.T) {
	browser := need(t, "chromium", "chromium-browser", "google-chrome")
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<link rel="stylesheet" href="https://styles.invalid/x.css"><script>console.log("hello")</script>`))
	}))
	defer page.Close()
	v := visit(t, browser, page.URL, "")
	if hosts := v.hosts(t); !slices.Contains(hosts, "styles.invalid") {
		t.Errorf("the page asked styles.invalid, and only %v were seen", hosts)
	}
	if !strings.Contains(v.console, "CONSOLE") {
		t.Errorf("what the page wrote to the console was not seen:\n%s", v.console)
	}
}

// visited is what a browser made of a page.
type visited struct {
	dom, console string
	asked        []string // addresses that the page itself asked for
}

// hosts lists whom the page asked, without repeats.
func (v visited) hosts(t *testing.T) []string {
	t.Helper()
	var hosts []string
	for _, address := range v.asked {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, u.Host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// visit opens a page in a browser that can reach this machine only. With E2E_OUT it leaves a
// picture there.
func visit(t *testing.T, browser, address, picture string) visited {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), browserLimit)
	defer cancel()
	home := t.TempDir()
	netLog := filepath.Join(home, "net.json")
	args := []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--disable-background-networking",
		"--no-first-run", "--user-data-dir=" + filepath.Join(home, "profile"), "--enable-logging=stderr",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--log-net-log=" + netLog,
	}
	if out := os.Getenv("E2E_OUT"); out != "" && picture != "" {
		args = append(args, "--window-size=1280,2000", "--screenshot="+filepath.Join(out, picture))
	}
	cmd := exec.CommandContext(ctx, browser, append(args, "--dump-dom", address)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	var dom, console bytes.Buffer
	cmd.Stdout, cmd.Stderr = &dom, &console
	cmd.WaitDelay = stopLimit // its helpers may hold on to the output
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, console.String())
	}
	return visited{dom.String(), console.String(), pageRequests(t, netLog)}
}

// pageRequests reads from the browser's log what the page asked for. What the browser asks
// for by itself, such as updates, has no page as its initiator.
func pageRequests(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Constants struct{ LogEventTypes map[string]int }
		Events    []struct {
			Type   int
			Params struct{ URL, Initiator string }
		}
	}
	if err := json.Unmarshal(content, &log); err != nil {
		t.Fatalf("the browser's network log: %v", err)
	}
	start, known := log.Constants.LogEventTypes["URL_REQUEST_START_JOB"]
	var asked []string
	for _, event := range log.Events {
		if known && event.Type == start && strings.HasPrefix(event.Params.Initiator, "http") {
			asked = append(asked, event.Params.URL)
		}
	}
	if len(asked) == 0 {
		t.Fatalf("the browser's network log has no request of a page among %d events", len(log.Events))
	}
	return asked
}
