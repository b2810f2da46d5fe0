package load

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// Wrk is the program wrk.
type Wrk struct {
	Path string
	Dir  string // where its scripts are written
}

// Name returns "wrk".
func (Wrk) Name() string { return "wrk" }

// Run carries the order out, for whole seconds, since wrk knows no others. One thread for each address
// is enough: the others would take the processors of the server.
func (w Wrk) Run(ctx context.Context, o Order) (Result, error) {
	script := filepath.Join(w.Dir, "wrk.lua")
	if err := os.WriteFile(script, luaScript(o), 0o600); err != nil {
		return Result{}, err
	}
	seconds := strconv.Itoa(max(1, int(math.Ceil(o.Duration.Seconds()))))
	cmd := exec.CommandContext(ctx, w.Path, "--threads", strconv.Itoa(len(o.addrs())), "--connections", strconv.Itoa(o.Connections), //nolint:gosec // the program that was looked up
		"--duration", seconds, "--timeout", strconv.Itoa(int(answerPatience.Seconds())), "--script", script, "http://"+o.Addr)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return Result{}, errors.Join(ctx.Err(), fmt.Errorf("wrk: %w: %s", err, out))
	}
	return parseWrk(out)
}

//go:embed wrk.lua
var luaText string

// luaScript is the order in the language of wrk.
func luaScript(o Order) []byte {
	if len(o.Turns) == 0 {
		o.Turns = []int{0}
	}
	functions := template.FuncMap{
		"pieces": func(s Step) []string { return s.Request.Render(o.Addr).Pieces() },
		"host":   func(addr string) string { host, _, _ := net.SplitHostPort(addr); return host },
		"port":   func(addr string) string { _, port, _ := net.SplitHostPort(addr); return port },
		"series": func(s Series) string { return fmt.Sprintf("%016x", s.Name) },
		"quote":  luaQuote,
	}
	var b bytes.Buffer
	filled := struct {
		Order
		Addrs []string
	}{o, o.addrs()}
	if err := template.Must(template.New("wrk").Funcs(functions).Parse(luaText)).Execute(&b, filled); err != nil {
		panic(err) // neither the script nor the order can fail
	}
	return b.Bytes()
}

// luaQuote writes what is not a letter as its number, which Lua reads like Go writes it.
func luaQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if c := s[i] | 0x20; c >= 'a' && c <= 'z' {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, `\%03d`, s[i])
		}
	}
	b.WriteByte('"')
	return b.String()
}

// wrkResult is what the script prints. Times are microseconds.
type wrkResult struct {
	Duration, Requests, P50, P99           float64
	Status, Connect, Read, Write, TimedOut int
}

// parseWrk finds the result in what wrk has printed.
func parseWrk(out []byte) (Result, error) {
	_, line, found := bytes.Cut(out, []byte("\nresult "))
	var r wrkResult
	if err := json.NewDecoder(bytes.NewReader(line)).Decode(&r); err != nil || !found {
		return Result{}, fmt.Errorf("wrk printed no result: %s", out)
	}
	result := Result{
		Took: micros(r.Duration), P50: micros(r.P50), P99: micros(r.P99),
		Errors: r.Status + r.Connect + r.Read + r.Write + r.TimedOut,
	}
	result.Requests = int(r.Requests) - r.Status // the others were not answered
	if result.Errors > 0 {
		result.First = fmt.Errorf("answers that are errors: %d; connections that failed: %d, when reading: %d, when writing: %d; answers that never came: %d",
			r.Status, r.Connect, r.Read, r.Write, r.TimedOut)
	}
	return result, nil
}

func micros(n float64) time.Duration { return time.Duration(n * float64(time.Microsecond)) }
