package handlers

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/web"
)

// connectChoice is what the configuration page shows beside the accounts.
type connectChoice struct {
	editing, removing string // names of tools
	way               string // that was tried
	notice, alert     string
	about             string // name of the tool that these are about
	issues            []models.Issue
}

// showConnections writes the page with the state of every tool of the link's user.
func (a *api) showConnections(v *visit, status int, choice connectChoice) error {
	tools, err := a.Tools.List(v.ctx(), v.who)
	if err != nil {
		return err
	}
	connections, err := a.Connections.List(v.ctx(), v.who, v.link.UserID)
	if err != nil {
		return err
	}
	view := web.ConnectView{
		Action: v.path, Static: a.basePath() + "/static/", AppName: v.link.App.Name, AppURL: v.link.App.URL,
		Tenant: v.link.UserID == "", ExpiresIn: minutes(v.link.ExpiresAt.Sub(a.Now())), Message: choice.notice, Alert: choice.alert, About: choice.about,
	}
	for i := range tools {
		t := &tools[i]
		if (t.Credentials == models.OwnerTenant) != view.Tenant {
			continue
		}
		connection := models.Connection{Tool: t.Name, UserID: v.link.UserID}
		if at := slices.IndexFunc(connections, func(c models.Connection) bool { return c.Tool == t.Name }); at >= 0 {
			connection = connections[at]
		}
		view.Tools = append(view.Tools, newConnectTool(v, t, &connection, choice))
	}
	var page bytes.Buffer
	if err := web.RenderConnect(&page, view); err != nil {
		return err
	}
	return v.HTMLBlob(status, page.Bytes())
}

// minutes rounds up: a link with half a minute left still works.
func minutes(left time.Duration) string {
	n := int((left + time.Minute - 1) / time.Minute)
	if n == 1 {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", n)
}

func newConnectTool(v *visit, t *models.Tool, c *models.Connection, choice connectChoice) web.ConnectTool {
	state := hub.StateOf(t, c)
	view := web.ConnectTool{
		Name: t.Name, Title: t.Title, Description: t.Description, Host: hostOf(t.BaseURL),
		State: web.ToolState(state), Problem: hub.Reason(c.Problem, t.Title),
		CanTest: hub.Probe(t, c) != nil,
		Editing: choice.editing == t.Name, ConfirmRemove: choice.removing == t.Name,
	}
	if view.Title == "" {
		view.Title = t.Name
	}
	if !c.UpdatedAt.IsZero() {
		view.Updated = c.UpdatedAt.UTC().Format("2006-01-02 15:04 UTC")
	}
	if t.RevocationURL != "" {
		view.RemoveHint = "Its provider is told to end the access too."
	}
	for _, f := range t.Functions {
		text, _, _ := strings.Cut(f.Description, "\n")
		view.Functions = append(view.Functions, truncate(text, 120))
	}
	for _, way := range t.Ways() {
		view.Ways = append(view.Ways, newConnectWay(v, t, c, way, choice))
	}
	return view
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func newConnectWay(v *visit, t *models.Tool, c *models.Connection, way models.Requirement, choice connectChoice) web.ConnectWay {
	view := web.ConnectWay{ID: wayID(way)}
	tried := choice.editing == t.Name && choice.way == view.ID
	view.Open = tried
	for _, e := range hub.Entries(t, way) {
		field := web.ConnectField{Name: e.Name, Label: e.Label, Hint: e.Hint, Type: "text", Required: !e.Optional}
		if e.Secret {
			field.Type = "password"
		}
		_, field.Saved = c.Credentials[e.Scheme]
		for _, issue := range choice.issues {
			if tried && issue.Field == e.Name {
				field.Error = "It " + issue.Message + "."
			}
		}
		view.Fields = append(view.Fields, field)
	}
	var titles []string
	for _, name := range way {
		s := t.Scheme(name)
		if s == nil {
			continue
		}
		titles = append(titles, schemeTitle(t, s))
		if s.Kind == models.SchemeAuthorizationCode {
			addSignIn(&view, v, t, s)
		}
	}
	view.Title, view.SentTo = strings.Join(titles, " and "), sentTo(t, way)
	return view
}

// sentTo lists the hosts that get what is entered for the way: those of the operations that use one
// of its credentials, and those that issue tokens for it.
func sentTo(t *models.Tool, way models.Requirement) []string {
	addresses := []string{t.BaseURL}
	used := func(r models.Requirement) bool {
		return slices.ContainsFunc(r, func(scheme string) bool { return slices.Contains(way, scheme) })
	}
	for i := range t.Functions {
		if call := &t.Functions[i].Call; slices.ContainsFunc(call.Security, used) {
			addresses = append(addresses, call.BaseURL)
		}
	}
	for _, name := range way {
		if s := t.Scheme(name); s != nil && s.IsOAuth() {
			addresses = append(addresses, s.TokenURL)
		}
	}
	var hosts []string
	for _, address := range addresses {
		if host := hostOf(address); host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

func addSignIn(view *web.ConnectWay, v *visit, t *models.Tool, s *models.Scheme) {
	query := url.Values{"tool": {t.Name}, "scheme": {s.Name}}
	view.SignIn = v.path + "/sign-in?" + query.Encode()
	view.SignInHost, view.Scopes = hostOf(s.AuthorizationURL), s.Scopes
	if t.ClientID == "" {
		view.Unavailable = "Whoever runs this service has not registered it at " + view.SignInHost + " yet."
	}
}

func schemeTitle(t *models.Tool, s *models.Scheme) string {
	switch s.Kind {
	case models.SchemeAPIKey:
		return "API key"
	case models.SchemeBearer:
		return "Access token"
	case models.SchemeBasic:
		return "User name and password"
	case models.SchemeClientCredentials:
		return "Client credentials"
	}
	if t.Title == "" {
		return "Sign in with " + t.Name
	}
	return "Sign in with " + t.Title
}

// wayID names a way in a form.
func wayID(way models.Requirement) string { return strings.Join(way, "+") }

func wayOf(t *models.Tool, id string) models.Requirement {
	for _, way := range t.Ways() {
		if wayID(way) == id {
			return way
		}
	}
	return nil
}
