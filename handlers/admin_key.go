package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"sessionhub/models"
	"sessionhub/web"
)

// keysPage answers GET /admin/keys.
func (a *api) keysPage(p *panel) error {
	q, err := newQuery(p)
	if err != nil {
		return err
	}
	return a.showKeys(p, http.StatusOK, panelDone[q.text("done")], web.AdminKeyForm{Role: string(models.RoleAgent)})
}

func (a *api) showKeys(p *panel, status int, message string, form web.AdminKeyForm) error {
	keys, err := a.Keys.List(p.ctx(), p.who)
	if err != nil {
		return err
	}
	view := web.AdminKeysView{AdminFrame: a.frame(p), Form: form}
	view.Message = message
	if view.Form.Agents, _, err = a.agentsFor(p); err != nil {
		return err
	}
	for i := range keys {
		view.Keys = append(view.Keys, a.newPanelKey(p, &keys[i]))
	}
	return show(p, status, web.RenderAdminKeys, view)
}

func (a *api) newPanelKey(p *panel, k *models.Key) web.AdminKey {
	key := web.AdminKey{
		Hash: k.LocatorHash, Name: k.DisplayName, Role: string(k.Role), Origins: k.AllowedOrigins,
		Expires: k.ExpiresAt, LastUsed: k.LastUsedAt, Updated: k.UpdatedAt,
		Expired: k.Expired(a.Now()), Current: k.LocatorHash == p.who.KeyLocatorHash,
	}
	if k.AgentID != nil {
		key.Agent = *k.AgentID
	}
	return key
}

// makeKey answers POST /admin/keys. The answer is the one page that shows the key.
func (a *api) makeKey(p *panel) error {
	form, err := a.readForm(p)
	if err != nil {
		return err
	}
	entered := web.AdminKeyForm{
		Open: true, Name: form.Get("name"), Role: form.Get("role"), Expires: form.Get("expires"),
		Origins: form.Get("origins"), Agent: form.Get("agent"),
	}
	key, err := a.newKeyOf(&entered)
	if err == nil {
		var secret models.Secret
		if secret, err = a.Keys.Create(p.ctx(), p.who, key); err == nil {
			return a.showKey(p, key, secret, false)
		}
	}
	var invalid *models.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	entered.Errors = fieldErrors(invalid)
	return a.showKeys(p, http.StatusUnprocessableEntity, "", entered)
}

// newKeyOf reads the form. A day is meant until its end, in UTC.
func (a *api) newKeyOf(entered *web.AdminKeyForm) (*models.Key, error) {
	fields := &query{values: url.Values{"expiryDate": {strings.TrimSpace(entered.Expires)}}}
	key := &models.Key{
		DisplayName: strings.TrimSpace(entered.Name), Role: models.Role(entered.Role), AllowedOrigins: strings.Fields(entered.Origins),
	}
	if agent := strings.TrimSpace(entered.Agent); agent != "" {
		key.AgentID = &agent
	}
	if day := fields.day("expiryDate"); day != nil {
		end := day.AddDate(0, 0, 1)
		key.ExpiresAt = &end
	}
	if key.Expired(a.Now()) {
		fields.issues.Add("expiryDate", "is in the past")
	}
	return key, fields.check(key.Validate())
}

// keyFields is how the form calls what the models call otherwise.
var keyFields = map[string]string{
	"displayName": "name", "role": "role", "expiryDate": "expires", "allowedOrigins": "origins", "agentId": "agent",
}

// fieldErrors are sentences by the field of the form that they are about.
func fieldErrors(invalid *models.InvalidError) map[string]string {
	found := map[string]string{}
	for _, issue := range invalid.Issues {
		field := keyFields[issue.Field]
		if found[field] == "" {
			found[field] = fieldSentence(issue.Message)
		}
	}
	return found
}

// fieldSentence makes a sentence of what is wrong with a field; most say it without a subject.
func fieldSentence(message string) string {
	switch verb, _, _ := strings.Cut(message, " "); verb {
	case "is", "must", "lists":
		return "It " + message + "."
	}
	return strings.ToUpper(message[:1]) + message[1:] + "."
}

// keyPage answers GET /admin/keys/{keyLocatorHash}.
func (a *api) keyPage(p *panel) error {
	hash, err := pathParam(p, "keyLocatorHash")
	if err != nil {
		return err
	}
	keys, err := a.Keys.List(p.ctx(), p.who)
	if err != nil {
		return err
	}
	for i := range keys {
		if keys[i].LocatorHash == hash {
			return a.showKey(p, &keys[i], "", p.QueryParam("revoke") == "1")
		}
	}
	return errNoKey
}

func (a *api) showKey(p *panel, key *models.Key, secret models.Secret, asking bool) error {
	return show(p, http.StatusOK, web.RenderAdminKey, web.AdminKeyView{
		AdminFrame: a.frame(p), Key: a.newPanelKey(p, key), Secret: secret.Reveal(), Asking: asking,
		ServiceURL: a.baseURL(p), DatabaseIDHash: p.who.DatabaseIDHash,
	})
}

// revokeInPanel answers POST /admin/keys/{keyLocatorHash}/revoke.
func (a *api) revokeInPanel(p *panel) error {
	hash, err := pathParam(p, "keyLocatorHash")
	if err != nil {
		return err
	}
	err = a.Keys.Revoke(p.ctx(), p.who, hash, true)
	if errors.Is(err, models.ErrNotFound) {
		return errNoKey
	}
	if err != nil {
		return err
	}
	if hash == p.who.KeyLocatorHash {
		a.setLogin(p, "")
		return p.Redirect(http.StatusSeeOther, p.base+"/login?done=revoked")
	}
	return p.see("/keys", "revoked")
}
