package models_test

import (
	"slices"
	"testing"

	"sessionhub/models"
)

// An address that is left out here could be changed under the users of a tool.
func TestOriginsAreAllThatGetCredentials(t *testing.T) {
	tool := models.Tool{
		BaseURL: "https://API.example/v1", RevocationURL: "https://revoke.example:443/x?y",
		Functions: []models.Function{
			{}, {Call: models.Call{BaseURL: "http://calls.example"}}, {Call: models.Call{BaseURL: "https://api.example:443/v2"}},
		},
		Schemes: []models.Scheme{
			{AuthorizationURL: "https://id.example/a", TokenURL: "https://[2001:DB8::1]/token"},
			{Kind: models.SchemeAPIKey},
			{AuthorizationURL: "https://id.example:8443", TokenURL: "/token"},
		},
	}
	want := []string{
		"/token", "http://calls.example:80", "https://[2001:db8::1]:443", "https://api.example:443", "https://id.example:443", "https://id.example:8443",
		"https://revoke.example:443",
	}
	if got := tool.Origins(); !slices.Equal(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
	if got := (&models.Tool{}).Origins(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
