package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"sessionhub/crypto"
	"sessionhub/models"
)

// operator asks the service as a browser does that is signed in to the admin panel, and as a program
// does with the same key.
type operator struct {
	base, key, hash string
	client          http.Client
}

// measurePanel times searches in the admin panel beside the same searches of the API.
func (p *people) measurePanel(ctx context.Context, program string, rounds int) (_ []figure, err error) {
	s, err := startService(ctx, program, p.dir, "sealed", "SESSIONHUB_MASTER_KEY="+crypto.FormatMasterKey(masterKey), "SESSIONHUB_LOG_LEVEL=warn")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	o := &operator{base: "http://" + s.addr, hash: p.who.DatabaseIDHash}
	if err := o.signIn(ctx, s); err != nil {
		return nil, err
	}
	var figures []figure
	for _, pair := range p.pairs()[:4] {
		for _, page := range []struct {
			what   string
			header []string
		}{
			{"as typed", []string{"Hx-Request", "true", "Hx-Request-Type", "partial"}},
			{"whole page", nil},
		} {
			f, err := o.measure(ctx, "panel, "+strings.TrimSuffix(pair.what, ", warm")+", "+page.what, pair.search, page.header, rounds)
			if err != nil {
				return nil, err
			}
			figures = append(figures, f)
		}
	}
	return figures, nil
}

// signIn makes a key and signs in with it.
func (o *operator) signIn(ctx context.Context, s *service) error {
	cmd := exec.CommandContext(ctx, s.cmd.Path, "key", "create", "--tenant", o.hash, "--role", "admin", "--name", "bench", "--json") //nolint:gosec // the program that is measured
	cmd.Env = s.env
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	var made struct{ APIKey string }
	if err := json.Unmarshal(out, &made); err != nil {
		return err
	}
	o.key = made.APIKey
	if o.client.Jar, err = cookiejar.New(nil); err != nil {
		return err
	}
	form := strings.NewReader(url.Values{"key": {o.key}}.Encode())
	_, err = o.ask(ctx, http.MethodPost, "/admin/login", form, "Content-Type", "application/x-www-form-urlencoded")
	return err
}

// panelRows is how many sessions the panel shows on a page.
const panelRows = 50

func (o *operator) measure(ctx context.Context, what string, q models.SessionSearch, header []string, rounds int) (figure, error) {
	page := "/admin/sessions?" + url.Values{"agent": {q.AgentID}, "q": {q.Query}, "sort": {q.OrderBy}}.Encode()
	same := "/api/agent/" + q.AgentID + "/session?" + url.Values{"query": {q.Query}, "orderBy": {q.OrderBy}, "limit": {fmt.Sprint(panelRows)}}.Encode()
	var panel, api []time.Duration
	for range rounds + 1 { // the first warms it
		took, err := o.ask(ctx, http.MethodGet, page, nil, header...)
		if err != nil {
			return figure{}, err
		}
		panel = append(panel, took)
		took, err = o.ask(ctx, http.MethodGet, same, nil, "Authorization", "Bearer "+o.key, "Database-Id-Hash", o.hash)
		if err != nil {
			return figure{}, err
		}
		api = append(api, took)
	}
	f := newFigure(what, panel[1:], api[1:])
	f.Remark = fmt.Sprintf("beside the API: %+.1f ms at p50, %+.1f at p99", milliseconds(f.P50-f.PlainP50), milliseconds(f.P99-f.PlainP99))
	return f, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ask sends a request and returns how long it took to the last byte of a good answer.
func (o *operator) ask(ctx context.Context, method, target string, body io.Reader, header ...string) (time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, method, o.base+target, body)
	if err != nil {
		return 0, err
	}
	for pair := range slices.Chunk(header, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	began := now()
	answer, err := o.client.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	took := now().Sub(began)
	if err = errors.Join(err, answer.Body.Close()); err == nil && answer.StatusCode != http.StatusOK || answer.Request.URL.Path == "/admin/login" {
		err = fmt.Errorf("%s %s answers %s", method, target, answer.Status)
	}
	return took, err
}
