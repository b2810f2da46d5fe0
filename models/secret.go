package models

import "log/slog"

// masked stands for a secret wherever it is printed, logged or encoded.
const masked = "[secret]"

// Secret is text that must not reach a log, an error or an answer by accident: a name, an
// e-mail address, a key. It prints, logs and encodes as "[secret]"; Reveal is the only way
// to the text, so a search for Reveal lists every reader.
type Secret string

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns "[secret]".
func (Secret) String() string { return masked }

// GoString returns "[secret]", for %#v.
func (Secret) GoString() string { return masked }

// LogValue makes slog print "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText makes encoding/json and its like write "[secret]".
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }
