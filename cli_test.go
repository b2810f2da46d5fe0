package main

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

const scripts = "testdata/scripts"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sessionhub": main})
}

// Every command, as a person or a script calls it.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scripts, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d scripts: %v", len(files), err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 scripts,
		RequireExplicitExec: true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "fields": fields, "take": take,
		},
	})
}

// exits runs a program that has to end with an exit code: exits 2 sessionhub nonsense.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// fields expects what was printed to be one line with a JSON object, or an array of them,
// that has these fields in this order and no others: fields ok tenants.
func fields(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fields name...")
	}
	text := ts.ReadFile("stdout")
	if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
		ts.Fatalf("not one line: %q", text)
	}
	objects := []json.RawMessage{json.RawMessage(text)}
	if strings.HasPrefix(text, "[") {
		ts.Check(json.Unmarshal([]byte(text), &objects))
	}
	if len(objects) == 0 {
		ts.Fatalf("the array is empty")
	}
	for _, object := range objects {
		got, err := fieldNames(string(object))
		ts.Check(err)
		if strings.Join(got, " ") != strings.Join(args, " ") {
			ts.Fatalf("the fields are %v, want %v", got, args)
		}
	}
}

// fieldNames lists the fields of a JSON object in the order in which they stand.
func fieldNames(object string) ([]string, error) {
	decoder := json.NewDecoder(strings.NewReader(object))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.Join(err, errors.New("not an object"))
	}
	var found []string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		found = append(found, name.(string)) // the key of an object is a string
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// take puts a field of the JSON object that was printed into an environment variable:
// take KEY apiKey.
func take(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: take VARIABLE field")
	}
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
	value, ok := object[args[1]].(string)
	if !ok || value == "" {
		ts.Fatalf("there is no text in %s of %v", args[1], object)
	}
	ts.Setenv(args[0], value)
}
