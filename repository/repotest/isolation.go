package repotest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"sessionhub/crypto"
	"sessionhub/models"
	"sessionhub/repository"
)

// TenantTables are all tables that hold what belongs to a tenant, with the column that says
// to which.
var TenantTables = map[string]string{
	"tenants": "id", "storage_keys": "tenant_id", "api_keys": "tenant_id", "api_key_origins": "tenant_id",
	"sessions": "tenant_id", "messages": "tenant_id", "audit_entries": "tenant_id",
	"tools": "tenant_id", "functions": "tenant_id", "connections": "tenant_id", "links": "tenant_id",
	"authorizations": "tenant_id", "performs": "tenant_id", "app_origins": "tenant_id", "logins": "tenant_id",
}

var isolationPromises = []promise{
	{"no method sees, changes or deletes what is another tenant's", isolationWalk},
	{"two tenants with the same session ids have each their own", isolationSameIDs},
	{"the tenant's id without its hash opens nothing", isolationForged},
}

// marker is in everything of the tenant that is not to be seen.
const marker = "Marker-of-the-other"

// neighbours are two tenants; the first has one of everything, with the marker in it.
type neighbours struct {
	*fixture
	intruder models.Actor
	key      models.Key // an exec key of the first tenant
	login    models.Secret

	// What the first tenant has of the tool hub.
	tool       *models.Tool
	connection models.Connection
	performed  models.Perform
	died       models.Perform // begun, and never finished
}

func newNeighbours(t *testing.T, f *fixture) *neighbours {
	t.Helper()
	n := &neighbours{fixture: f, key: models.Key{DisplayName: marker, Role: models.RoleExec, AllowedOrigins: []string{"https://a.example"}}}
	for _, id := range []string{"s-1", "s-2"} {
		f.save(t, id, name(marker), email(marker), messages(`["`+marker+`"]`))
	}
	f.save(t, "s-3")
	f.delete(t, "s-3")
	if _, err := f.Keys.Create(t.Context(), f.who, &n.key); err != nil {
		t.Fatal(err)
	}
	entry := models.AuditEntry{EventName: marker, RecordLocator: marker, Diff: marker}
	if _, err := f.Audit.Append(t.Context(), f.who, entry); err != nil {
		t.Fatal(err)
	}
	n.equipMarked(t)
	n.login = n.signedIn(t)
	_, n.intruder, _ = f.addTenant(t, repository.NewTenant{Name: "intruder"})
	return n
}

// dump is every row of the tenant, as it stands.
func (f *fixture) dump(t *testing.T, tenantID int64) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for table, column := range TenantTables {
		all[table] = f.rows(t, "SELECT * FROM "+table+" WHERE "+column+" = $1", tenantID)
	}
	return all
}

// installation names the methods that are not a tenant's own; see the package's doc.go.
var installation = []string{
	"Tenants.Create", "Tenants.CreateFirst", "Tenants.Get", "Tenants.List",
	"Keys.Authenticate", "Keys.OriginAllowed", "Keys.FlushUsage",
	"Links.Open", "Links.Look", "Authorizations.Take", "Logins.Authenticate",
}

// isolationWalk calls every exported method as the intruder, with the other's ids.
func isolationWalk(t *testing.T, f *fixture) {
	n := newNeighbours(t, f)
	attempts := n.attempts(t)
	maps.Copy(attempts, n.hubAttempts(t))
	maps.Copy(attempts, n.panelAttempts(t))
	for _, name := range installation {
		attempts[name] = nil
	}
	seen := 0
	parts := []any{f.Sessions, f.Keys, f.Audit, f.Tools, f.Connections, f.Links, f.Authorizations, f.Performs, f.Logins}
	for _, part := range append(parts, f.Tenants) { // Tenants last: it deletes the intruder
		for i := range reflect.TypeOf(part).NumMethod() {
			method := reflect.TypeOf(part).Elem().Name() + "." + reflect.TypeOf(part).Method(i).Name
			attempt, ok := attempts[method]
			if !ok {
				t.Errorf("%s is not tried: say what an intruder would do with it", method)
			}
			if attempt == nil {
				continue
			}
			seen++
			before := f.dump(t, f.tenant.ID)
			if got := attempt(); strings.Contains(got, marker) {
				t.Errorf("%s shows %s", method, got)
			}
			if after := f.dump(t, f.tenant.ID); !reflect.DeepEqual(before, after) {
				t.Errorf("%s changed\n%v\nto\n%v", method, before, after)
			}
		}
	}
	if seen != len(attempts)-len(installation) || seen < 30 {
		t.Errorf("tried %d methods of %d", seen, len(attempts)-len(installation))
	}
}

// attempts are what an intruder might do with each method; each returns all that was seen.
func (n *neighbours) attempts(t *testing.T) map[string]func() string {
	return map[string]func() string{
		"Sessions.List":   n.intrudeList(t),
		"Sessions.Search": n.intrudeSearch(t),
		"Sessions.Append": func() string {
			_, err := n.Sessions.Append(t.Context(), n.intruder, &models.Append{SessionID: "s-1", Messages: []string{`{"role":"x"}`}})
			wantError(t, err, repository.ErrNotFound)
			return err.Error()
		},
		"Sessions.Agent": func() string {
			found, err := n.Sessions.Agent(t.Context(), n.intruder, "s-1")
			wantError(t, err, repository.ErrNotFound)
			return found + err.Error()
		},
		"Sessions.Create": n.intrudeCreate(t),
		"Sessions.Delete": func() string {
			err := n.Sessions.Delete(t.Context(), n.intruder, "s-2")
			wantError(t, err, repository.ErrNotFound)
			return err.Error()
		},
		"Sessions.Save": func() string {
			p := &models.SessionPatch{ID: "s-3", AgentID: "agent-2", Messages: set("[]")}
			wantError(t, n.Sessions.Save(t.Context(), n.intruder, p), nil) // the tombstone is the other's
			return ""
		},
		"Keys.List": func() string {
			keys, err := n.Keys.List(t.Context(), n.intruder)
			return fmt.Sprint(keys, err)
		},
		"Keys.Create":  n.intrudeKeyCreate(t),
		"Keys.Revoke":  n.intrudeKeyRevoke(t),
		"Audit.List":   n.intrudeAuditList(t),
		"Audit.Append": n.intrudeAuditAppend(t),
		"Tenants.Count": func() string {
			c, err := n.Tenants.Count(t.Context(), n.intruder)
			return fmt.Sprint(c, err)
		},
		"Tenants.Delete": func() string { return fmt.Sprint(n.Tenants.Delete(t.Context(), n.intruder)) },
	}
}

func (n *neighbours) intrudeList(t *testing.T) func() string {
	return func() string {
		one, errOne := list(t.Context(), n.Store, n.intruder, models.SessionFilter{ID: "s-2", Limit: -1})
		all, errAll := list(t.Context(), n.Store, n.intruder, models.SessionFilter{Limit: -1})
		if one.total != 0 || len(one.views) != 0 {
			t.Error("the other's session is counted")
		}
		return fmt.Sprint(one, errOne, all, errAll)
	}
}

func (n *neighbours) intrudeSearch(t *testing.T) func() string {
	return func() string {
		var p page
		err := n.Sessions.Search(t.Context(), n.intruder, models.SessionSearch{AgentID: agent, Query: marker, Limit: 10}, p.reader())
		if p.total != 0 {
			t.Error("the other's sessions are counted")
		}
		q := models.SessionSearch{AgentID: agent, OrderBy: models.OrderByUserName, Limit: 1}
		q.Cursor = n.search(t, q).next
		behind, errBehind := search(t.Context(), n.Store, n.intruder, q)
		if q.Cursor == "" || !errors.Is(errBehind, models.ErrInvalid) {
			t.Errorf("the other's cursor %q is taken: %v", q.Cursor, errBehind)
		}
		return fmt.Sprint(p, err, behind, errBehind)
	}
}

func (n *neighbours) intrudeCreate(t *testing.T) func() string {
	return func() string {
		m := session("s-1")
		created, err := n.Sessions.Create(t.Context(), n.intruder, m)
		if !created {
			t.Error("the other's session was resumed")
		}
		return fmt.Sprint(m.UserName.Reveal(), err)
	}
}

func (n *neighbours) intrudeKeyCreate(t *testing.T) func() string {
	return func() string {
		key := models.Key{TenantID: n.tenant.ID, DatabaseIDHash: n.tenant.DatabaseIDHash, DisplayName: "mine", Role: models.RoleOwner}
		token, err := n.Keys.Create(t.Context(), n.intruder, &key)
		wantError(t, err, nil)
		if made, err := n.Keys.Authenticate(t.Context(), token); err != nil || made.TenantID != n.intruder.TenantID {
			t.Errorf("the key is of tenant %d, %v", made.TenantID, err)
		}
		return ""
	}
}

func (n *neighbours) intrudeKeyRevoke(t *testing.T) func() string {
	return func() string {
		for _, keepOwner := range []bool{false, true} {
			for _, name := range []string{locator(n.owner), n.key.LocatorHash} {
				wantError(t, n.Keys.Revoke(t.Context(), n.intruder, name, keepOwner), repository.ErrNotFound)
			}
		}
		_, err := n.Keys.Authenticate(t.Context(), n.owner)
		wantError(t, err, nil)
		return ""
	}
}

func (n *neighbours) intrudeAuditList(t *testing.T) func() string {
	return func() string {
		named := anyTime()
		named.EventName, named.RecordLocator = marker, marker
		found, err := n.Audit.List(t.Context(), n.intruder, named)
		if len(found) != 0 {
			t.Errorf("saw %+v", found)
		}
		var seen strings.Builder
		for _, e := range everything(t, n.Store, n.intruder) {
			fmt.Fprint(&seen, e, e.Diff.Reveal())
		}
		return seen.String() + fmt.Sprint(err)
	}
}

func (n *neighbours) intrudeAuditAppend(t *testing.T) func() string {
	return func() string {
		e := models.AuditEntry{ID: 1, DatabaseIDHash: n.tenant.DatabaseIDHash, EventName: "mine"}
		e, err := n.Audit.Append(t.Context(), n.intruder, e)
		if e.DatabaseIDHash != n.intruder.DatabaseIDHash {
			t.Errorf("the entry is of %s", e.DatabaseIDHash)
		}
		return fmt.Sprint(e, err)
	}
}

func isolationSameIDs(t *testing.T, f *fixture) {
	n := newNeighbours(t, f)
	mine, before := f.get(t, "s-1"), f.dump(t, f.tenant.ID)
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: n.intruder}
	other.create(t, "s-1", "s-2", "s-3")
	other.save(t, "s-1", messages("[1]"), name("Bob"))
	other.append(t, "s-1", `{"role":"user"}`)
	if v := other.get(t, "s-1"); v.Name != shown("Bob") || v.Messages != shown(`[1,{"role":"user"}]`) {
		t.Errorf("the other's session: %+v", v)
	}
	wantView(t, f.get(t, "s-1"), mine)
	other.delete(t, "s-1", "s-2")
	wantView(t, f.get(t, "s-1"), mine)
	f.wantGone(t, "s-3")
	other.get(t, "s-3")
	if after := f.dump(t, f.tenant.ID); !reflect.DeepEqual(before, after) {
		t.Errorf("changed\n%v\nto\n%v", before, after)
	}
}

// isolationForged: whoever mixes up tenants above the repository gets errors, not plaintext.
func isolationForged(t *testing.T, f *fixture) {
	n := newNeighbours(t, f)
	forged := models.Actor{TenantID: f.tenant.ID, DatabaseIDHash: n.intruder.DatabaseIDHash}
	p, err := list(t.Context(), f.Store, forged, models.SessionFilter{Limit: -1})
	var unreadable *repository.UnreadableError
	if !errors.As(err, &unreadable) || !errors.Is(err, crypto.ErrOpen) || strings.Contains(fmt.Sprint(p, err), marker) {
		t.Errorf("%+v, %v", p, err)
	}
	n.wantForgedRefused(t, forged)
}
