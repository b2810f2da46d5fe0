package repotest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var appendPromises = []promise{
	{"messages go behind what is stored, inside its brackets", appendText},
	{"more messages than one statement inserts", appendMany},
	{"what stood before is not written again", appendLeaves},
	{"tokens are added to the stored ones", appendTokens},
	{"tokens past the limit are invalid and change nothing", appendTokenLimit},
	{"only updatedAt changes beside the messages", appendUpdatedAt},
	{"an unknown session is ErrNotFound, a deleted one ErrDeleted", appendNowhere},
	{"text that is not an array takes no messages", appendToText},
	{"a finalized session takes no messages", appendFinalized},
	{"appends and saves at once lose nothing", appendRace},
}

func appendText(t *testing.T, f *fixture) {
	const a, b = `{"role":"user"}`, `{"role":"x","content":"]"}`
	for i, test := range []struct {
		before *string
		want   string
		count  int64
	}{
		{nil, `[` + a + `,` + b + `]`, 2},
		{new(`[]`), `[` + a + `,` + b + `]`, 2},
		{new(` [ ] `), ` [` + a + `,` + b + ` ] `, 2},
		{new(`[1]`), `[1,` + a + `,` + b + `]`, 3},
		{new("[\n  1\n]\n"), "[\n  1," + a + `,` + b + "\n]\n", 3},
	} {
		id := fmt.Sprint("s-", i)
		f.save(t, id)
		if test.before != nil {
			f.save(t, id, messages(*test.before))
		}
		if n := f.append(t, id, a, b); n != test.count {
			t.Errorf("case %d: count %d, want %d", i, n, test.count)
		}
		if v := f.get(t, id); v.Messages != shown(test.want) {
			t.Errorf("case %d: %s, want %q", i, v.Messages, test.want)
		}
	}
}

func appendMany(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	all := make([]string, 1203)
	for i := range all {
		all[i] = fmt.Sprintf(`{"role":"user","n":%d}`, i)
	}
	if n := f.append(t, "s-1", all...); n != 1203 {
		t.Errorf("count %d", n)
	}
	if v := f.get(t, "s-1"); v.Messages != shown("["+strings.Join(all, ",")+"]") {
		t.Errorf("got %.200s...", v.Messages)
	}
}

func appendLeaves(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages(array(50)))
	before := f.stored(t, "s-1")
	f.append(t, "s-1", `{"role":"user"}`)
	after := f.stored(t, "s-1")
	if len(after) != 51 {
		t.Fatalf("%d rows", len(after))
	}
	wantKept(t, before, after, 50)
}

func (f *fixture) addTokens(t *testing.T, id string, prompt, completion *int64) error {
	t.Helper()
	_, err := f.Sessions.Append(t.Context(), f.who, &models.Append{
		SessionID: id, Messages: []string{`{"role":"user"}`}, PromptTokens: prompt, CompletionTokens: completion,
	})
	return err
}

func appendTokens(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	for i, test := range []struct {
		prompt, completion         *int64
		wantPrompt, wantCompletion string
	}{
		{nil, nil, "null", "null"},
		{new(int64(3)), nil, shown("3"), "null"},
		{new(int64(4)), new(int64(0)), shown("7"), shown("0")},
		{nil, new(int64(5)), shown("7"), shown("5")},
		{new(int64(models.MaxTokens - 7)), nil, shown(strconv.Itoa(models.MaxTokens)), shown("5")},
	} {
		wantError(t, f.addTokens(t, "s-1", test.prompt, test.completion), nil)
		if v := f.get(t, "s-1"); v.Prompt != test.wantPrompt || v.Completion != test.wantCompletion {
			t.Errorf("case %d: %s, %s", i, v.Prompt, v.Completion)
		}
	}
}

func appendTokenLimit(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	wantError(t, f.addTokens(t, "s-1", new(int64(1)), new(int64(1))), nil)
	before := f.get(t, "s-1")
	err := f.addTokens(t, "s-1", new(int64(models.MaxTokens)), new(int64(models.MaxTokens)))
	wantError(t, err, models.ErrInvalid)
	if !strings.Contains(err.Error(), "promptTokens") || !strings.Contains(err.Error(), "completionTokens") {
		t.Errorf("the error names not both: %v", err)
	}
	wantView(t, f.get(t, "s-1"), before)
}

func appendUpdatedAt(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	want := f.get(t, "s-1")
	f.clock.Step(time.Second)
	f.append(t, "s-1", `{"role":"user"}`)
	want.Updated, want.Messages = stamp(f.clock.stored()), shown(`[{"role":"user"}]`)
	wantView(t, f.get(t, "s-1"), want)
}

func appendNowhere(t *testing.T, f *fixture) {
	wantError(t, f.addTokens(t, "s-1", nil, nil), repository.ErrNotFound)
	f.create(t, "s-1")
	f.delete(t, "s-1")
	wantError(t, f.addTokens(t, "s-1", nil, nil), repository.ErrDeleted)
	f.wantGone(t, "s-1")
	if left := f.rows(t, "SELECT * FROM messages"); len(left) != 0 {
		t.Errorf("messages were written: %v", left)
	}
}

func (f *fixture) wantAppendRefused(t *testing.T, id string) {
	t.Helper()
	before, rows := f.get(t, id), f.stored(t, id)
	wantError(t, f.addTokens(t, id, new(int64(1)), nil), models.ErrInvalid)
	wantView(t, f.get(t, id), before)
	if after := f.stored(t, id); !reflect.DeepEqual(rows, after) {
		t.Errorf("messages were written: %v", after)
	}
}

func appendToText(t *testing.T, f *fixture) {
	for _, text := range []string{"", "{}", "null", "[1", "not JSON"} {
		f.save(t, "s-1", messages(text))
		f.wantAppendRefused(t, "s-1")
	}
	f.save(t, "s-1", messages("[]"))
	f.append(t, "s-1", `{"role":"user"}`)
}

func appendFinalized(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages("[1]"), finalizedAt("2026-03-14T10:00:00Z"))
	f.wantAppendRefused(t, "s-1")
}

// appendRace: saves that bring no messages, or those of another session, run beside appends
// from two processes.
func appendRace(t *testing.T, f *fixture) {
	const writers, each = 8, 10
	f.create(t, "s-1")
	stores := []*repository.Store{f.Store, f.second(t)}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				message := fmt.Sprintf(`{"role":"user","n":"%d.%d"}`, w, i)
				_, err := stores[w%2].Sessions.Append(t.Context(), f.who, &models.Append{
					SessionID: "s-1", Messages: []string{message}, PromptTokens: new(int64(1)),
				})
				if err != nil {
					t.Errorf("append: %v", err)
				}
				if err := f.trySave(t.Context(), "s-1", name(message)); err != nil {
					t.Errorf("save: %v", err)
				}
				if err := f.trySave(t.Context(), "s-2", messages("["+message+"]")); err != nil {
					t.Errorf("save another: %v", err)
				}
			}
		})
	}
	wg.Wait()
	v := f.get(t, "s-1")
	for w := range writers {
		for i := range each {
			if strings.Count(v.Messages, fmt.Sprintf(`\"%d.%d\"`, w, i)) != 1 {
				t.Errorf("message %d.%d was lost", w, i)
			}
		}
	}
	if v.Prompt != shown(strconv.Itoa(writers*each)) {
		t.Errorf("tokens: %s", v.Prompt)
	}
}
