package crypto_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"sessionhub/crypto"
)

var update = flag.Bool("update", false, "write testdata/crypto/vectors.json where there is none")

const vectorsFile = "../testdata/crypto/vectors.json"

// vectors is what testdata/crypto/vectors.json holds: values of every format that a release
// writes to disk. All keys in it are public.
type vectors struct {
	About       string             `json:"about"`
	MasterKey   string             `json:"masterKey"` // base64
	MasterKeyID string             `json:"masterKeyId"`
	Tenant      string             `json:"tenant"` // database-id-hash
	StorageKeys []storageKeyVector `json:"storageKeys"`
	Sealed      []sealedVector     `json:"sealed"`
	APIKeys     []apiKeyVector     `json:"apiKeys"`
}

type storageKeyVector struct {
	ID       string `json:"id"`
	Key      string `json:"key"` // base64url
	Text     string `json:"text,omitempty"`
	Note     string `json:"note,omitempty"`
	FieldKey string `json:"fieldKey"` // hex
	Wrapped  string `json:"wrapped"`
}

type sealedVector struct {
	Tenant string `json:"tenant"`
	Table  string `json:"table"`
	Column string `json:"column"`
	Row    string `json:"row"`
	Text   string `json:"text"`
	Times  int    `json:"times"` // how often the text stands in the sealed one
	Sealed string `json:"sealed"`
}

type apiKeyVector struct {
	APIKey      string `json:"apiKey"`
	LocatorHash string `json:"locatorHash"`
	SecretHash  string `json:"secretHash"`
}

func (v *sealedVector) place() crypto.Place {
	return crypto.Place{Tenant: v.Tenant, Table: v.Table, Column: v.Column, Row: v.Row}
}

func (v *sealedVector) parts() [4]string { return [4]string{v.Tenant, v.Table, v.Column, v.Row} }

func (v *sealedVector) plaintext() string { return strings.Repeat(v.Text, v.Times) }

func (v *sealedVector) keyID() string { return strings.Split(v.Sealed, ".")[1] }

// readVectors reads the file; with -update it makes the file first where it is missing.
// What a release sealed stays as it is, so a file that is there is never written over.
func readVectors(tb testing.TB) *vectors {
	tb.Helper()
	if *update {
		writeVectors(tb)
	}
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		tb.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		tb.Fatal(err)
	}
	if len(v.StorageKeys) == 0 || len(v.Sealed) == 0 || len(v.APIKeys) == 0 {
		tb.Fatal("the file lacks vectors")
	}
	return &v
}

func writeVectors(tb testing.TB) {
	tb.Helper()
	file, err := os.OpenFile(vectorsFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return
	}
	if err != nil {
		tb.Fatal(err)
	}
	encoder := json.NewEncoder(file)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := errors.Join(encoder.Encode(newVectors(tb)), file.Close()); err != nil {
		tb.Fatal(err)
	}
}

func TestVectorsOpen(t *testing.T) {
	v := readVectors(t)
	boxes := vectorBoxes(t, v)
	for _, s := range v.Sealed {
		box := boxes[s.keyID()]
		if box == nil {
			t.Fatalf("%v: no key %s", s.parts(), s.keyID())
		}
		if got, err := box.Open(s.Sealed, s.place()); err != nil || got != s.plaintext() {
			t.Errorf("%v: got %.40q, error %v; want %.40q", s.parts(), got, err, s.plaintext())
		}
	}
}

// vectorBoxes unwraps the storage keys of the file and returns its boxes by key id.
func vectorBoxes(t *testing.T, v *vectors) map[string]*crypto.Box {
	t.Helper()
	master, err := crypto.ParseMasterKey(v.MasterKey)
	if err != nil {
		t.Fatal(err)
	}
	wrapping, id, err := crypto.MasterBox(nil, master)
	if err != nil || id != v.MasterKeyID {
		t.Fatalf("MasterBox: id %s, error %v; want id %s", id, err, v.MasterKeyID)
	}
	boxes := map[string]*crypto.Box{id: wrapping}
	for _, k := range v.StorageKeys {
		text, err := wrapping.Open(k.Wrapped, wrappedPlace(v.Tenant, k.ID))
		if err != nil || text != k.Key {
			t.Fatalf("%s: unwrapped as %q, error %v; want %q", k.ID, text, err, k.Key)
		}
		key, err := crypto.ParseStorageKey(text)
		if err != nil {
			t.Fatal(err)
		}
		field, err := crypto.FieldKey(k.ID, key, v.Tenant)
		if err != nil || hex.EncodeToString(field.Bytes) != k.FieldKey {
			t.Errorf("%s: field key %x, error %v; want %s", k.ID, field.Bytes, err, k.FieldKey)
		}
		boxes[k.ID] = newBox(t, nil, field)
	}
	return boxes
}

func TestVectorsStretchAgain(t *testing.T) {
	for _, k := range stretchedVectors(t) {
		key, err := crypto.StretchAgain(k.Text, k.Note)
		if err != nil || crypto.FormatStorageKey(key) != k.Key {
			t.Errorf("%s: got %q, error %v; want %q", k.ID, crypto.FormatStorageKey(key), err, k.Key)
		}
		if key, err = (second{}).stretch(k.Text, k.Note); err != nil || base64.RawURLEncoding.EncodeToString(key) != k.Key {
			t.Errorf("%s: the second implementation got %x, error %v", k.ID, key, err)
		}
	}
}

func stretchedVectors(t *testing.T) (stretched []storageKeyVector) {
	t.Helper()
	for _, k := range readVectors(t).StorageKeys {
		if k.Note != "" {
			stretched = append(stretched, k)
		}
	}
	if len(stretched) == 0 {
		t.Fatal("the file has no stretched key")
	}
	return stretched
}

func TestVectorsOfAPIKeysMatch(t *testing.T) {
	for _, k := range readVectors(t).APIKeys {
		token, err := crypto.ParseToken(k.APIKey)
		if err != nil || token.LocatorHash() != k.LocatorHash || token.SecretHash() != k.SecretHash || !token.Matches(k.SecretHash) {
			t.Errorf("%v: %s, %s, error %v", token, token.LocatorHash(), token.SecretHash(), err)
		}
		if locator, secret := (second{}).storedHashes(k.APIKey); locator != k.LocatorHash || secret != k.SecretHash {
			t.Errorf("%v: the second implementation got %s, %s", token, locator, secret)
		}
	}
}

func TestSecondImplementationOpensVectors(t *testing.T) {
	v := readVectors(t)
	keys := secondKeys(t, v)
	for _, s := range v.Sealed {
		if got, err := (second{}).open(s.keyID(), keys[s.keyID()], s.Sealed, s.parts()); err != nil || got != s.plaintext() {
			t.Errorf("%v: got %.40q, error %v; want %.40q", s.parts(), got, err, s.plaintext())
		}
	}
}

func TestPackageOpensWhatTheSecondImplementationSeals(t *testing.T) {
	v := readVectors(t)
	keys, boxes := secondKeys(t, v), vectorBoxes(t, v)
	nonce := bytes.Repeat([]byte{0xa5}, 12)
	for _, s := range v.Sealed {
		id := s.keyID()
		sealed := second{}.seal(id, keys[id], nonce, s.plaintext(), s.parts())
		if got, err := boxes[id].Open(sealed, s.place()); err != nil || got != s.plaintext() {
			t.Errorf("%v: got %.40q, error %v; want %.40q", s.parts(), got, err, s.plaintext())
		}
	}
}

// secondKeys derives the keys of the file by their ids, as the second implementation does.
func secondKeys(t *testing.T, v *vectors) map[string][]byte {
	t.Helper()
	master, err := base64.StdEncoding.DecodeString(v.MasterKey)
	if err != nil {
		t.Fatal(err)
	}
	id, wrap := second{}.master(master)
	if id != v.MasterKeyID {
		t.Fatalf("master key id %s, want %s", id, v.MasterKeyID)
	}
	keys := map[string][]byte{id: wrap}
	for _, k := range v.StorageKeys {
		text, err := second{}.open(id, wrap, k.Wrapped, [4]string{v.Tenant, "storage_keys", "wrapped", k.ID})
		if err != nil || text != k.Key {
			t.Fatalf("%s: unwrapped as %q, error %v; want %q", k.ID, text, err, k.Key)
		}
		key, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		keys[k.ID] = second{}.field(key, v.Tenant)
	}
	return keys
}

// A place without a vector could change its meaning between two releases unseen.
func TestVectorsCoverEveryPlaceOfTheSpecification(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	lengths := map[string]map[int]bool{}
	for _, s := range readVectors(t).Sealed {
		name := s.Table + "." + s.Column
		if lengths[name] == nil {
			lengths[name] = map[int]bool{}
		}
		lengths[name][len(s.plaintext())] = true
	}
	rows := regexp.MustCompile(`(?m)^//\t([a-z_]+) +([a-z_]+)  +\S`).FindAllStringSubmatch(string(text), -1)
	found := 0
	for _, row := range rows {
		if row[1] == "table" {
			continue
		}
		found++
		if have := lengths[row[1]+"."+row[2]]; !have[0] || !have[10_000] || len(have) < 4 {
			t.Errorf("%s.%s: vectors of %v bytes, want 0, 10000 and two between", row[1], row[2], have)
		}
	}
	if found < 7 {
		t.Errorf("saw only %d places in doc.go", found)
	}
}
