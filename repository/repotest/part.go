package repotest

import (
	"slices"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

var partPromises = []promise{
	{"a part holds the messages that were asked for", partRange},
}

func partRange(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages("[ 1 ,\n{\"role\":\"user\"} , [2] ]"))
	for _, test := range []struct {
		from, most int64
		want       []string
	}{{0, 10, []string{"1", `{"role":"user"}`, "[2]"}}, {1, 1, []string{`{"role":"user"}`}}, {2, 5, []string{"[2]"}}, {3, 5, nil}} {
		part, err := f.Sessions.Part(t.Context(), f.who, "s-1", test.from, test.most)
		if err != nil || !slices.Equal(part.Messages, test.want) || part.Kind != models.KindArray || part.Session.MessageCount != 3 {
			t.Errorf("%+v: %+v, %v", test, part, err)
		}
	}
	f.delete(t, "s-1")
	for _, id := range []string{"s-1", "s-2"} {
		_, err := f.Sessions.Part(t.Context(), f.who, id, 0, 1)
		wantError(t, err, repository.ErrNotFound)
	}
}
