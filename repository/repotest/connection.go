package repotest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var connectionPromises = []promise{
	{"a connection comes back with everything that it has", connectionGet},
	{"a change counts the revision and keeps the time of the first", connectionChange},
	{"what a change leaves alone stays, also when a refresh was a moment ago", connectionKeeps},
	{"a lease goes on for a refresh token that a change leaves alone", connectionKeepsLease},
	{"a change that fails changes nothing", connectionChangeFails},
	{"what was entered for a tool is not saved once it was replaced", connectionOfReplaced},
	{"connecting, changing and removing is audited, and what fails is not", connectionAudit},
	{"without its tool there is no connection", connectionToolless},
	{"a connection that is not well formed is not saved", connectionInvalid},
	{"the list is the user's own, by tool", connectionList},
	{"the tenant's own connection is no user's", connectionOfTenant},
	{"of all who ask for the lease one gets it", leaseRace},
	{"a lease is for the revision that was read", leaseRevision},
	{"a lease that is over can be taken over, and is not ended by who had it", leaseTakeover},
	{"a released lease can be taken", leaseRelease},
	{"renewing writes, counts and ends the lease", renew},
	{"renewing what was changed meanwhile is ErrConflict and writes nothing", renewConflict},
	{"a refresh does not survive that its user connects anew", renewReconnected},
}

func connectionGet(t *testing.T, f *fixture) {
	f.addTool(t, "weather", "get")
	want := f.connect(t, "weather", "alice")
	if !want.CreatedAt.Equal(f.clock.stored()) || !want.UpdatedAt.Equal(f.clock.stored()) || want.Revision < 1 {
		t.Errorf("%+v", want)
	}
	for _, s := range []*repository.Store{f.Store, f.second(t)} {
		if got, err := s.Connections.Get(t.Context(), f.who, "weather", "alice"); err != nil || !reflect.DeepEqual(got, *want) {
			t.Errorf("\n got %#v\nwant %#v, %v", got, *want, err)
		}
	}
	for _, of := range [][2]string{{"weather", "Alice"}, {"weather", ""}, {"maps", "alice"}, {"", ""}} {
		_, err := f.Connections.Get(t.Context(), f.who, of[0], of[1])
		wantError(t, err, repository.ErrNotFound)
	}
	none := models.Connection{Tool: "weather", UserID: "bob"}
	wantError(t, Connect(t.Context(), f.Store, f.who, &none), nil)
	if got := f.connection(t, "weather", "bob"); len(got.Credentials) != 0 || got.Problem != "" {
		t.Errorf("%+v", got)
	}
}

func connectionChange(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	first := *f.connect(t, "weather", "alice")
	f.clock.Step(time.Hour)
	next := models.Connection{Tool: "weather", UserID: "alice", Credentials: map[string]models.Credential{"key": {Value: "new"}}}
	if leased, err := f.Connections.Lease(t.Context(), f.who, &first, f.clock.Now().Add(time.Hour)); err != nil || !leased {
		t.Fatal(leased, err)
	}
	wantError(t, Connect(t.Context(), f.Store, f.who, &next), nil)
	if next.Revision != first.Revision+1 || !next.CreatedAt.Equal(first.CreatedAt) || !next.UpdatedAt.Equal(f.clock.stored()) {
		t.Errorf("%+v after %+v", next, first)
	}
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, next) { // without the lease
		t.Errorf("\n got %#v\nwant %#v", got, next)
	}
}

func connectionAudit(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	c := f.connect(t, "weather", "alice|1")
	f.wantAudited(t, models.EventConnect, `{"tool":"weather","user":"alice|1"}`)
	f.connect(t, "weather", "alice|1")
	f.wantAudited(t, models.EventReconnect, `{"tool":"weather","user":"alice|1"}`)
	wantError(t, f.Connections.Delete(t.Context(), f.who, "weather", "alice|1"), nil)
	f.wantAudited(t, models.EventDisconnect, `{"tool":"weather","user":"alice|1"}`)
	before := len(everything(t, f.Store, f.who))
	wantError(t, f.Connections.Delete(t.Context(), f.who, "weather", "alice|1"), repository.ErrNotFound)
	wantError(t, f.Connections.Renew(t.Context(), f.who, c), repository.ErrConflict)
	wantError(t, f.Connections.Release(t.Context(), f.who, c), nil)
	_, err := f.Connections.Get(t.Context(), f.who, "weather", "alice|1")
	wantError(t, err, repository.ErrNotFound)
	f.wantUnaudited(t, before)
}

func connectionToolless(t *testing.T, f *fixture) {
	wantError(t, Connect(t.Context(), f.Store, f.who, newConnection("weather", "alice")), repository.ErrNotFound)
	f.addTool(t, "weather")
	f.connect(t, "weather", "alice")
	wantError(t, f.Tools.Delete(t.Context(), f.who, "weather"), nil)
	wantError(t, Connect(t.Context(), f.Store, f.who, newConnection("weather", "alice")), repository.ErrNotFound)
	if rows := f.rows(t, "SELECT * FROM connections"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

func connectionInvalid(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	for what, change := range map[string]func(*models.Connection){
		"user":    func(c *models.Connection) { c.UserID = "a/b" },
		"problem": func(c *models.Connection) { c.Problem = models.ProblemUnreadable },
	} {
		c := newConnection("weather", "alice")
		change(c)
		for _, err := range []error{Connect(t.Context(), f.Store, f.who, c), f.Connections.Renew(t.Context(), f.who, c)} {
			if !errors.Is(err, models.ErrInvalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	f.wantUnaudited(t, 2)
}

func connectionList(t *testing.T, f *fixture) {
	for _, tool := range []string{"weather", "maps", "a"} {
		f.addTool(t, tool)
	}
	var want []models.Connection
	for _, of := range [][2]string{{"maps", "alice"}, {"weather", "alice"}, {"weather", "bob"}, {"a", "alice2"}, {"a", ""}} {
		c := f.connect(t, of[0], of[1])
		if of[1] == "alice" {
			want = append(want, *c)
		}
	}
	if got, err := f.Connections.List(t.Context(), f.who, "alice"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v, %v", got, want, err)
	}
	if got, err := f.Connections.List(t.Context(), f.who, "nobody"); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func connectionOfTenant(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	f.connect(t, "weather", "")
	f.wantAudited(t, models.EventConnect, `{"tool":"weather","user":""}`)
	if got, err := f.Connections.List(t.Context(), f.who, ""); err != nil || len(got) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	wantError(t, f.Connections.Delete(t.Context(), f.who, "weather", ""), nil)
}

// eachUnreadable calls try with a connection of alice that does not open, in every way.
func (f *fixture) eachUnreadable(t *testing.T, try func(what string)) {
	t.Helper()
	const statement = "UPDATE connections SET credentials = $1 WHERE tenant_id = $2 AND user_id = 'alice' AND tool = 'weather'"
	_, who, _ := f.addTenant(t, repository.NewTenant{NoEncryption: !f.tenant.Encrypted})
	foreign := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: who}
	for _, of := range []*fixture{f, foreign} {
		of.addTool(t, "weather")
		of.addTool(t, "maps")
		of.connect(t, "weather", "alice")
		of.connect(t, "weather", "bob")
		of.connect(t, "maps", "alice")
	}
	read := func(who models.Actor, tool, user string) string {
		row := f.rows(t, "SELECT credentials FROM connections WHERE tenant_id = $1 AND tool = $2 AND user_id = $3", who.TenantID, tool, user)[0]
		return strings.Trim(row, "[]")
	}
	own := read(f.who, "weather", "alice")
	for what, value := range map[string]string{
		"empty": "", "cut": own[:len(own)-1], "flipped": own[:30] + strings.Map(func(r rune) rune { return r ^ 1 }, own[30:31]) + own[31:],
		"in clear": `{"key":{"value":"x"}}`, "of another user": read(f.who, "weather", "bob"), "of another tool": read(f.who, "maps", "alice"),
		"of another tenant": read(foreign.who, "weather", "alice"),
	} {
		f.exec(t, statement, value, f.tenant.ID)
		try(what)
	}
	f.exec(t, statement, own, f.tenant.ID)
	if got := f.connection(t, "weather", "alice"); len(got.Credentials) == 0 {
		t.Error("the connection that was put back does not open")
	}
}

var hubUnreadablePromises = []promise{
	{"a connection that is damaged or stands elsewhere is unreadable, and hides no other", connectionUnreadable},
	{"a connection that does not open can be made anew and removed", connectionHealed},
	{"a client secret that stands elsewhere is unreadable, and can be replaced", toolUnreadable},
	{"an answer or a digest that stands elsewhere is unreadable", performUnreadable},
	{"a sign-in that stands elsewhere is unreadable, and gone", authorizationUnreadable},
}

func connectionUnreadable(t *testing.T, f *fixture) {
	f.eachUnreadable(t, func(what string) {
		c, err := f.Connections.Get(t.Context(), f.who, "weather", "alice")
		var unreadable *repository.UnreadableError
		if !errors.As(err, &unreadable) || unreadable.Noun != "connection" || unreadable.ID != "alice/weather" ||
			c.Problem != models.ProblemUnreadable || len(c.Credentials) != 0 {
			t.Errorf("%s: %+v, %v", what, c, err)
		}
		if text := fmt.Sprint(err); strings.Contains(text, plainSecret) || strings.Contains(text, "v1.") {
			t.Errorf("%s: the error says %s", what, text)
		}
		all, err := f.Connections.List(t.Context(), f.who, "alice")
		if err != nil || len(all) != 2 || all[0].Tool != "maps" || all[0].Problem != models.ProblemRejected || len(all[0].Credentials) != 5 ||
			all[1].Problem != models.ProblemUnreadable || len(all[1].Credentials) != 0 || all[1].Revision != c.Revision {
			t.Errorf("%s: %+v, %v", what, all, err)
		}
		f.connection(t, "weather", "bob")
	})
}

func connectionHealed(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	f.connect(t, "weather", "alice")
	f.exec(t, "UPDATE connections SET credentials = 'v1.k1.damaged'")
	again := f.connect(t, "weather", "alice")
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, *again) {
		t.Errorf("%+v", got)
	}
	f.exec(t, "UPDATE connections SET credentials = 'v1.k1.damaged'")
	wantError(t, f.Connections.Delete(t.Context(), f.who, "weather", "alice"), nil)
}
