package handlers

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sessionhub/models"
)

var shownKey = regexp.MustCompile(`ad_key_[0-9A-Za-z]+_[0-9A-Za-z_-]+`)

// A key is shown once, where it was made; it works until it is revoked.
func TestPanelKeys(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	got := b.post("/admin/keys", "name", "Shop page", "role", "exec", "expires", "2025-04-30", "origins", "https://shop.example.com\r\n https://shop.example.org", "agent", "a").
		want(http.StatusOK, "").says("Shop page", "exec", s.owner.DatabaseIDHash)
	key := shownKey.FindString(got.body)
	if key == "" {
		t.Fatalf("the key is not shown: %s", got.text())
	}
	create := func() answer {
		return s.do("POST", "/api/exec/session/x", jsonObject("agentId", "a", "userName", "U", "userEmail", "e"), as(key), with("Origin", "https://shop.example.com"))
	}
	create().want(http.StatusOK, "")
	var made keyResponse
	for _, k := range s.keys() {
		if k.DisplayName == "Shop page" {
			made = k
		}
	}
	if made.Role != "exec" || len(made.AllowedOrigins) != 2 || *made.AgentID != "a" || *made.ExpiryDate != "2025-05-01T00:00:00.000Z" {
		t.Errorf("made %+v", made)
	}
	page := "/admin/keys/" + made.KeyLocatorHash
	b.open(page).want(http.StatusOK, "").says("Shop page", "https://shop.example.org").hides(key)
	b.open("/admin/keys").want(http.StatusOK, "").says("Shop page").hides(key)
	b.open(page+"?revoke=1").want(http.StatusOK, "")
	create().want(http.StatusOK, "")
	b.follow(b.post(page+"/revoke")).want(http.StatusOK, "").says("is revoked")
	create().want(http.StatusUnauthorized, "")
	b.post(page+"/revoke").want(http.StatusNotFound, "")
	b.open(page).want(http.StatusNotFound, "")
}

// What is wrong with a key is told at its fields, and what was entered is still there.
func TestPanelKeyMistakes(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	for _, c := range []struct {
		fields []string
		words  string
	}{
		{[]string{"name", "", "role", "agent"}, "It must be 1 to 255 characters"},
		{[]string{"name", "Entered", "role", "king"}, "one of owner, admin, agent, exec"},
		{[]string{"name", "Entered", "role", "agent", "expires", "soon"}, "must be a day such as"},
		{[]string{"name", "Entered", "role", "agent", "expires", "2025-03-20"}, "is in the past"},
		{[]string{"name", "Entered", "role", "exec", "origins", "not an origin"}, "not made An origin is written like"},
		{[]string{"name", "Entered", "role", "agent", "origins", "https://a.example"}, "not made Only a key with the role exec"},
		{[]string{"name", "Entered", "role", "agent", "agent", "a"}, "not made Only a key with the role exec"},
		{[]string{"name", strings.Repeat("x", 10_000), "role", "agent"}, "It "},
	} {
		got := b.post("/admin/keys", c.fields...).want(http.StatusUnprocessableEntity, "").says(c.words)
		if c.fields[1] == "Entered" && !strings.Contains(got.body, `value="Entered"`) {
			t.Errorf("%v: what was entered is gone", c.fields)
		}
		if shownKey.MatchString(got.body) {
			t.Errorf("%v made a key", c.fields)
		}
	}
	if n := len(s.keys()); n != 2 {
		t.Errorf("there are %d keys", n)
	}
}

// The last owner key stays; who revokes the key of their own login is signed out.
func TestPanelRevokesItsOwnKey(t *testing.T) {
	s := newStack(t, true)
	b, own := s.browser(), ""
	b.post("/admin/login", "key", s.newKey(models.Key{Role: models.RoleOwner, DisplayName: "mine"})).want(http.StatusSeeOther, "")
	for _, k := range s.keys() {
		if k.DisplayName == "mine" {
			own = k.KeyLocatorHash
			continue
		}
		b.post("/admin/keys/"+k.KeyLocatorHash+"/revoke").want(http.StatusSeeOther, "") // the one that came with the tenant
	}
	b.post("/admin/keys/"+own+"/revoke").want(http.StatusConflict, "").says("last owner key")
	b.post("/admin/keys", "name", "Another", "role", "owner").want(http.StatusOK, "")
	got := b.post("/admin/keys/" + own + "/revoke")
	b.follow(got).want(http.StatusOK, "").says("has signed you out")
	b.open("/admin/sessions").want(http.StatusSeeOther, "")
}
