package hub

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
)

func credentialTool() *models.Tool {
	return &models.Tool{BaseURL: "https://api.example.com", Schemes: []models.Scheme{
		{Name: "header", Kind: models.SchemeAPIKey, In: "header", Parameter: "X-Key"},
		{Name: "query", Kind: models.SchemeAPIKey, In: "query", Parameter: "api key"},
		{Name: "cookie", Kind: models.SchemeAPIKey, In: "cookie", Parameter: "sid"},
		{Name: "basic", Kind: models.SchemeBasic},
		{Name: "bearer", Kind: models.SchemeBearer},
		{Name: "oauth", Kind: models.SchemeAuthorizationCode},
		{Name: "client", Kind: models.SchemeClientCredentials},
	}}
}

func requestWith(t *testing.T, security []models.Requirement, credentials map[string]models.Credential) (*http.Request, error) {
	t.Helper()
	f := models.Function{Name: "f", Call: models.Call{Method: http.MethodGet, Path: "/", Security: security, Inputs: []models.Input{
		{Argument: "k", In: "query", Name: "api key", Style: "form"},
		{Argument: "k", In: "header", Name: "x-key"},
		{Argument: "k", In: "cookie", Name: "sid"},
		{Argument: "k", In: "header", Name: "authorization"},
	}}}
	return NewRequest(t.Context(), credentialTool(), &f, map[string]any{"k": "made up by a model"}, credentials)
}

// A credential stands where its scheme says, in the place of any argument of that name.
func TestCredentialsOnTheRequest(t *testing.T) {
	token := func(kind string) models.Credential {
		return models.Credential{Token: &models.OAuthToken{Access: "t0ken", Type: kind}}
	}
	for _, test := range []struct {
		scheme     string
		credential models.Credential
		read       func(*http.Request) string
		want       string
	}{
		{"header", models.Credential{Value: "k1"}, func(r *http.Request) string { return strings.Join(r.Header.Values("X-Key"), "|") }, "k1"},
		{"query", models.Credential{Value: "k&1"}, func(r *http.Request) string { return r.URL.RawQuery }, "api%20key=k%261"},
		{"cookie", models.Credential{Value: "k1=="}, func(r *http.Request) string { return r.Header.Get("Cookie") }, "sid=k1=="},
		{"basic", models.Credential{Username: "Aladdin", Password: "open sesame"}, authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"basic", models.Credential{Username: "test", Password: "123£"}, authorization, "Basic dGVzdDoxMjPCow=="}, // RFC 7617, section 2.1
		{"bearer", models.Credential{Value: "b1"}, authorization, "Bearer b1"},
		{"oauth", token("bearer"), authorization, "Bearer t0ken"},
		{"oauth", token(""), authorization, "Bearer t0ken"},
		{"oauth", token("BearerToken"), authorization, "Bearer t0ken"},
		{"client", token("mac"), authorization, "MAC t0ken"},
	} {
		req, err := requestWith(t, []models.Requirement{{test.scheme}}, map[string]models.Credential{test.scheme: test.credential})
		if err != nil {
			t.Errorf("%s: %v", test.scheme, err)
			continue
		}
		if got := test.read(req); got != test.want {
			t.Errorf("%s: got %q, want %q", test.scheme, got, test.want)
		}
	}
}

func authorization(r *http.Request) string {
	return strings.Join(r.Header.Values("Authorization"), "|")
}

func TestWhichRequirementIsTaken(t *testing.T) {
	none := models.Requirement{}
	for _, test := range []struct {
		name     string
		security []models.Requirement
		have     []string
		want     models.Requirement
		ok       bool
	}{
		{"none needed", nil, []string{"basic"}, nil, true},
		{"the first that fits", []models.Requirement{{"header"}, {"basic"}, {"bearer"}}, []string{"bearer", "basic"}, models.Requirement{"basic"}, true},
		{"all schemes of one", []models.Requirement{{"basic", "header"}, {"bearer"}}, []string{"basic", "bearer"}, models.Requirement{"bearer"}, true},
		{"credentials before none", []models.Requirement{none, {"basic"}}, []string{"basic"}, models.Requirement{"basic"}, true},
		{"none where there are none", []models.Requirement{{"basic"}, none}, nil, nil, true},
		{"nothing fits", []models.Requirement{{"basic", "header"}}, []string{"basic"}, nil, false},
	} {
		credentials := map[string]models.Credential{}
		for _, name := range test.have {
			credentials[name] = models.Credential{Value: "v", Username: "u"}
		}
		f := models.Function{Call: models.Call{Security: test.security}}
		got, ok := Satisfied(&f, credentials)
		if ok != test.ok || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, %t", test.name, got, ok)
		}
		_, err := requestWith(t, test.security, credentials)
		if (err == nil) != test.ok || (err != nil && !errors.Is(err, ErrNoCredentials)) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	if _, err := requestWith(t, []models.Requirement{{"oauth"}}, map[string]models.Credential{"oauth": {}}); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("a grant without a token: got %v", err)
	}
	if _, err := requestWith(t, []models.Requirement{{"new"}}, map[string]models.Credential{"new": {}}); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("a scheme that the tool no longer has: got %v", err)
	}
}

// A credential that was pasted with a line break must not add a header, and not show in an error.
func TestCredentialsThatCannotBeSent(t *testing.T) {
	for _, c := range []models.Credential{
		{Value: "s3cret\r\nX: y", Username: "s3cret:x", Token: &models.OAuthToken{Access: "s3cret\n"}},
		{Value: "s3cret\x00", Username: "s3cret\n", Token: &models.OAuthToken{Access: "s3cret\x7f"}},
		{Value: "", Username: "a:", Token: &models.OAuthToken{}},
	} {
		for _, scheme := range credentialTool().Schemes {
			req, err := requestWith(t, []models.Requirement{{scheme.Name}}, map[string]models.Credential{scheme.Name: c})
			if !errors.Is(err, ErrCredential) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: got %v, %v", scheme.Name, req, err)
			}
		}
	}
}
