package repotest

import (
	"fmt"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// panelAttempts are attempts at the methods of the admin panel.
func (n *neighbours) panelAttempts(t *testing.T) map[string]func() string {
	return map[string]func() string{
		"Sessions.Agents": func() string {
			agents, total, err := n.Sessions.Agents(t.Context(), n.intruder, 10)
			if total != 0 {
				t.Errorf("the other's sessions are counted: %+v of %d", agents, total)
			}
			return fmt.Sprint(agents, total, err)
		},
		"Sessions.Usage": func() string {
			all, err := n.Sessions.Usage(t.Context(), n.intruder, models.UsageFilter{To: time.UnixMilli(1 << 50)})
			for _, u := range all {
				if u.AgentID == agent && u.Sessions > 1 {
					t.Errorf("the other's sessions are added up: %+v", all)
				}
			}
			return fmt.Sprint(all, err)
		},
		"Sessions.Part": func() string {
			part, err := n.Sessions.Part(t.Context(), n.intruder, "s-2", 0, 10)
			wantError(t, err, repository.ErrNotFound)
			return fmt.Sprintf("%v %+v", err, part)
		},
		"Logins.Create": n.intrudeLoginCreate(t),
		"Logins.End": func() string {
			wantError(t, n.Logins.End(t.Context(), n.intruder, n.login), nil)
			_, err := n.Logins.Authenticate(t.Context(), n.login)
			wantError(t, err, nil)
			return ""
		},
	}
}

// intrudeLoginCreate signs in the other's key.
func (n *neighbours) intrudeLoginCreate(t *testing.T) func() string {
	return func() string {
		who := n.intruder
		who.KeyLocatorHash = locator(n.owner)
		token, err := n.Logins.Create(t.Context(), who)
		wantError(t, err, repository.ErrKey)
		if token != "" {
			t.Error("there is a token")
		}
		return err.Error()
	}
}
