package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// needles are the forms in which a text could be found on disk, by what they are called.
func needles(marker string) map[string][]byte {
	all := make(map[string][]byte)
	for letters, text := range map[string]string{
		"as is": marker, "upper case": strings.ToUpper(marker), "lower case": strings.ToLower(marker),
	} {
		all[letters] = []byte(text)
		all[letters+", hex"] = []byte(hex.EncodeToString([]byte(text)))
		all[letters+", HEX"] = bytes.ToUpper([]byte(hex.EncodeToString([]byte(text))))
		all[letters+", UTF-16 LE"] = utf16Bytes(text, binary.LittleEndian)
		all[letters+", UTF-16 BE"] = utf16Bytes(text, binary.BigEndian)
		for offset := range 3 {
			name := letters + ", base64 at " + string(rune('0'+offset))
			all[name] = base64Inside(base64.StdEncoding, text, offset)
			all[name+", url"] = base64Inside(base64.URLEncoding, text, offset)
		}
	}
	return all
}

func utf16Bytes(text string, order binary.ByteOrder) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, 0, 0)
		order.PutUint16(b[len(b)-2:], unit)
	}
	return b
}

// base64Inside is what stands in the base64 of a longer text that has the text at an offset
// (modulo 3): without the characters at either end that neighbours have a part in.
func base64Inside(encoding *base64.Encoding, text string, offset int) []byte {
	encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + text))
	first := (offset*8 + 5) / 6
	last := (offset + len(text)) * 8 / 6
	return []byte(encoded[first:last])
}

// scan returns which forms of the marker stand in which file below the directory, or in one
// of the texts.
func scan(t *testing.T, dir, marker string, texts map[string]string) []string {
	t.Helper()
	forms := needles(marker)
	var found []string
	look := func(where string, content []byte) {
		for form, needle := range forms {
			if bytes.Contains(content, needle) {
				found = append(found, where+": "+form)
			}
		}
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !e.Type().IsRegular() {
			return nil // a directory, a socket, or what went while others were looked at
		}
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files++
		look(filepath.Base(path), content)
		look("the name of a file", []byte(path))
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("scanned %d files: %v", files, err)
	}
	for where, content := range texts {
		look(where, []byte(content))
	}
	slices.Sort(found)
	return found
}

// A form that the scan cannot find would make every test with it worthless.
func TestScanFindsEveryForm(t *testing.T) {
	const marker = "Zq9xMarkerQ7vK"
	inside := func(encode func(string) string) []string {
		var all []string
		for _, before := range []string{"", "a", "ab", "abc"} {
			all = append(all, encode(before+marker+"tail"))
		}
		return all
	}
	for name, texts := range map[string][]string{
		"plain":      {marker, strings.ToUpper(marker), "x" + strings.ToLower(marker)},
		"hex":        inside(func(s string) string { return hex.EncodeToString([]byte(s)) }),
		"HEX":        inside(func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }),
		"base64":     inside(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"base64 url": inside(func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }),
		"UTF-16": append(inside(func(s string) string { return string(utf16Bytes(s, binary.LittleEndian)) }),
			string(utf16Bytes(marker, binary.BigEndian))),
	} {
		for _, text := range texts {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "file"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if len(scan(t, dir, marker, nil)) == 0 {
				t.Errorf("%s: the scan does not find %q", name, text)
			}
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("nothing here"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := scan(t, dir, marker, map[string]string{"text": "nor here"}); len(found) > 0 {
		t.Errorf("the scan finds %v where there is nothing", found)
	}
}
