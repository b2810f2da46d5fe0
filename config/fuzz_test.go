package config

import (
	"strings"
	"testing"

	"sessionhub/crypto"
)

// FuzzLoad holds that no environment makes Load panic, and that what it accepts can be used.
func FuzzLoad(f *testing.F) {
	for name, cases := range mistakes {
		for value := range cases {
			f.Add(prefix + name + "=" + value)
		}
	}
	f.Add("SESSIONHUB_MASTER_KEY=" + goodKey + "\x00SESSIONHUB_MAX_BODY=1GiB\x00SESSIONHUB_ADR=x")
	f.Add("SESSIONHUB_0_X=1\x00SESSIONHUB_TRUSTED_PROXIES=10.0.0.0/8")
	f.Fuzz(func(t *testing.T, environ string) {
		entries := strings.Split(environ, "\x00")
		for i, entry := range entries {
			// Reading whatever file the fuzzer names could wait for ever (a terminal).
			if name, _, _ := strings.Cut(entry, "="); strings.HasSuffix(name, fileSuffix) {
				entries[i] = name + "=/"
			}
		}
		c, _, err := Load(entries)
		if err != nil {
			for line := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(line, prefix) || !strings.Contains(line, "; want ") {
					t.Errorf("a line that is no mistake: %q", line)
				}
			}
			return
		}
		if (c.DatabasePath() == "") != (c.PostgresURL() != "") || (c.MasterKey != "") != (len(c.MasterKeyBytes()) == crypto.KeySize) {
			t.Errorf("accepted, but of no use: %v", c)
		}
		for _, network := range c.TrustedProxies {
			if !network.IsValid() {
				t.Errorf("an invalid network in %v", c.TrustedProxies)
			}
		}
	})
}
