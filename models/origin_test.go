package models_test

import (
	"testing"

	"sessionhub/models"
)

func TestOriginIsReadAsBrowsersWriteIt(t *testing.T) {
	for text, want := range map[string]string{
		"https://app.example.com":      "https://app.example.com",
		"https://app.example.com/":     "https://app.example.com",
		"HTTPS://App.EXAMPLE.com":      "https://app.example.com",
		"https://app.example.com:443":  "https://app.example.com",
		"https://app.example.com:443/": "https://app.example.com",
		"https://app.example.com:80":   "https://app.example.com:80",
		"https://app.example.com:8443": "https://app.example.com:8443",
		"http://app.example.com:80":    "http://app.example.com",
		"http://app.example.com:443":   "http://app.example.com:443",
		"http://app.example.com:8080":  "http://app.example.com:8080",
		"http://localhost:5173":        "http://localhost:5173",
		"http://localhost":             "http://localhost",
		"http://127.0.0.1:3000":        "http://127.0.0.1:3000",
		"http://[::1]:80":              "http://[::1]",
		"http://[::1]:5173":            "http://[::1]:5173",
		"https://[2001:DB8::80]":       "https://[2001:db8::80]",
		"https://xn--bcher-kva.de":     "https://xn--bcher-kva.de",
	} {
		got, err := models.ParseOrigin(text)
		if err != nil || got != want {
			t.Errorf("%q: got %q, error %v; want %q", text, got, err, want)
		}
		if again, err := models.ParseOrigin(got); err != nil || again != got {
			t.Errorf("%q: read again as %q, error %v", got, again, err)
		}
	}
}

func TestWhatIsNoOriginIsRefused(t *testing.T) {
	for _, text := range []string{
		"", " ", "/", "*", "null", "app.example.com", "localhost:5173", "//app.example.com", "://app.example.com",
		"https:", "https:/", "https://", "https:///", "https://:443", "https:app.example.com", "https:/app.example.com",
		"ftp://app.example.com", "file:///etc/passwd", "javascript:alert(1)", "ws://app.example.com", "chrome-extension://abc",
		"https://app.example.com/path", "https://app.example.com//", "https://app.example.com/?", "https://app.example.com?q=1",
		"https://app.example.com#x", "https://app.example.com/#", "https://user@app.example.com", "https://user:pw@app.example.com",
		"https://@app.example.com", " https://app.example.com", "https://app.example.com ", "https://app.example.com\n",
		"https://app.example.com:port", "https://app.example.com:443:443", "https://[::1", "https://a b.example", "https://a%41.example",
		"https://a.example,https://b.example", "https://a.example https://b.example", "https://a.example\x00",
	} {
		if got, err := models.ParseOrigin(text); err == nil || got != "" {
			t.Errorf("%q was taken as %q", text, got)
		}
	}
}

// What no browser ever sends would lock out the very site it is meant to let in, unnoticed.
func TestOriginThatNoBrowserSendsIsRefusedOrRespelled(t *testing.T) {
	for text, respelled := range map[string]string{
		"https://app.example.com:":      "https://app.example.com",
		"https://app.example.com:/":     "https://app.example.com",
		"https://app.example.com:0443":  "https://app.example.com",
		"https://app.example.com:99999": "",
		"https://*.example.com":         "",
		"https://app.example.com?":      "https://app.example.com",
		"https://app.example.com#":      "https://app.example.com",
		"https://bücher.example":        "https://xn--bcher-kva.example",
		"https://b%C3%BCcher.example":   "https://xn--bcher-kva.example",
	} {
		if got, err := models.ParseOrigin(text); err == nil && got != respelled {
			t.Errorf("%q was taken as %q", text, got)
		}
	}
}
