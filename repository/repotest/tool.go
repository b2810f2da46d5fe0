package repotest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

var toolPromises = []promise{
	{"a tool comes back with everything that it has", toolGet},
	{"a function comes with its tool, as a call needs both", toolFunction},
	{"lists are in order, without documents and secrets", toolList},
	{"a tool of many functions keeps them all, in their order", toolMany},
	{"a tool that has nothing optional comes back so", toolBare},
	{"adding and removing is audited, and what fails is not", toolAudit},
	{"a tool that is not well formed is not added", toolInvalid},
	{"a name that is taken is ErrToolExists and leaves the first as it was", toolExists},
	{"of processes that add one name at once, one does", toolRace},
	{"replacing takes what is new, and keeps connections and registration", toolReplace},
	{"a secret stays with the client that it belongs to", toolReplaceClient},
	{"replacing by a tool of other addresses keeps nothing that was given to the first", toolReplaceElsewhere},
	{"replacing by a tool of fewer addresses keeps everything", toolReplaceNearer},
	{"each replacement has a time of its own", toolReplaceTimes},
	{"removing takes all that is the tool's, and no more", toolDelete},
	{"calls and schemes are stored under the names of their Go fields", toolJSON},
}

func toolGet(t *testing.T, f *fixture) {
	want := f.addTool(t, "weather", "get", "list")
	if !want.CreatedAt.Equal(f.clock.stored()) || !want.UpdatedAt.Equal(f.clock.stored()) {
		t.Errorf("times %v, %v", want.CreatedAt, want.UpdatedAt)
	}
	for _, s := range []*repository.Store{f.Store, f.second(t)} {
		wantTool(t, s, f.who, *want)
	}
	for _, name := range []string{"", "Weather", "weather2", "weathe_"} {
		_, err := f.Tools.Get(t.Context(), f.who, name)
		wantError(t, err, repository.ErrNotFound)
		_, err = f.Tools.Document(t.Context(), f.who, name)
		wantError(t, err, repository.ErrNotFound)
	}
}

// wantTool says that the tool is stored, and its document, which comes on its own.
func wantTool(t testing.TB, s *repository.Store, who models.Actor, want models.Tool) {
	t.Helper()
	document, err := s.Tools.Document(t.Context(), who, want.Name)
	if err != nil || string(document) != string(want.Document) {
		t.Errorf("the document is %s, want %s, %v", document, want.Document, err)
	}
	want.Document = nil
	if got, err := s.Tools.Get(t.Context(), who, want.Name); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v, %v", got, want, err)
	}
}

func toolFunction(t *testing.T, f *fixture) {
	want := f.addTool(t, "weather", "get", "list")
	f.addTool(t, "maps", "get")
	for i := range want.Functions {
		tool, function, err := f.Tools.Function(t.Context(), f.who, want.Functions[i].Name)
		whole := *want
		whole.Document, whole.Functions, whole.Skipped, whole.Only = nil, nil, nil, nil
		if err != nil || !reflect.DeepEqual(tool, whole) || !reflect.DeepEqual(function, want.Functions[i]) {
			t.Errorf("\n got %+v, %+v\nwant %+v, %+v, %v", tool, function, whole, want.Functions[i], err)
		}
	}
	for _, name := range []string{"", "weather", "weather__", "weather__GET", "maps__list", "weather__get "} {
		_, _, err := f.Tools.Function(t.Context(), f.who, name)
		wantError(t, err, repository.ErrNotFound)
	}
}

func toolList(t *testing.T, f *fixture) {
	if tools, err := f.Tools.List(t.Context(), f.who); err != nil || len(tools) != 0 {
		t.Errorf("%+v, %v", tools, err)
	}
	var want []models.Tool
	var functions []models.Function
	for _, name := range []string{"weather", "maps", "weather-2", "bare"} {
		tool := newTool(name, "z", "a", "m")
		if name == "bare" {
			tool.Functions = nil
		}
		wantError(t, f.Tools.Add(t.Context(), f.who, tool, false), nil)
		tool.Document, tool.ClientSecret = nil, ""
		if tool.Functions == nil {
			tool.Functions = []models.Function{}
		}
		want = append(want, *tool)
	}
	want = []models.Tool{want[3], want[1], want[0], want[2]}
	if got, err := f.Tools.List(t.Context(), f.who); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v, %v", got, want, err)
	}
	for _, tool := range want {
		for _, function := range tool.Functions {
			function.Call = models.Call{}
			functions = append(functions, function)
		}
	}
	if got, err := f.Tools.Functions(t.Context(), f.who); err != nil || !reflect.DeepEqual(got, functions) {
		t.Errorf("\n got %+v\nwant %+v, %v", got, functions, err)
	}
}

func toolMany(t *testing.T, f *fixture) {
	var operations []string
	for i := range 333 {
		operations = append(operations, fmt.Sprint("op", (i*7)%333))
	}
	want := f.addTool(t, "large", operations...)
	got, err := f.Tools.Get(t.Context(), f.who, "large")
	if err != nil || !reflect.DeepEqual(got.Functions, want.Functions) {
		t.Errorf("%d functions, %v", len(got.Functions), err)
	}
}

func toolBare(t *testing.T, f *fixture) {
	want := models.Tool{Name: "a", BaseURL: "http://a.example:8080", Credentials: models.OwnerTenant}
	wantError(t, f.Tools.Add(t.Context(), f.who, &want, false), nil)
	want.Functions = []models.Function{}
	wantTool(t, f.Store, f.who, want)
}

func toolAudit(t *testing.T, f *fixture) {
	f.addTool(t, "weather", "get")
	f.wantAudited(t, models.EventAddTool, `{"tool":"weather"}`)
	wantError(t, f.Tools.Add(t.Context(), f.who, newTool("weather", "get"), false), repository.ErrToolExists)
	wantError(t, f.Tools.Delete(t.Context(), f.who, "maps"), repository.ErrNotFound)
	f.wantUnaudited(t, 2)
	wantError(t, f.Tools.Add(t.Context(), f.who, newTool("weather"), true), nil)
	f.wantAudited(t, models.EventReplaceTool, `{"tool":"weather"}`)
	wantError(t, f.Tools.Delete(t.Context(), f.who, "weather"), nil)
	f.wantAudited(t, models.EventRemoveTool, `{"tool":"weather"}`)
	wantError(t, f.Tools.Add(t.Context(), f.who, newTool("weather"), true), nil)
	f.wantAudited(t, models.EventAddTool, `{"tool":"weather"}`)
}

func toolInvalid(t *testing.T, f *fixture) {
	before := f.dumpAll(t)
	for what, change := range map[string]func(*models.Tool){
		"name": func(tool *models.Tool) { tool.Name = "a__b" }, "address": func(tool *models.Tool) { tool.BaseURL = "ftp://a" },
		"owner": func(tool *models.Tool) { tool.Credentials = "" }, "function": func(tool *models.Tool) { tool.Functions[0].Name = "maps__get" },
	} {
		tool := newTool("weather", "get")
		change(tool)
		if err := f.Tools.Add(t.Context(), f.who, tool, true); err == nil {
			t.Errorf("%s was taken", what)
		} else {
			wantError(t, err, models.ErrInvalid)
		}
	}
	if after := f.dumpAll(t); !reflect.DeepEqual(before, after) {
		t.Errorf("changed\n%v\nto\n%v", before, after)
	}
}

func toolExists(t *testing.T, f *fixture) {
	f.addTool(t, "weather", "get")
	f.connect(t, "weather", "alice")
	before := f.dumpAll(t)
	err := f.Tools.Add(t.Context(), f.who, newTool("weather", "list"), false)
	wantError(t, err, repository.ErrToolExists)
	if !strings.Contains(err.Error(), "weather") || !strings.Contains(err.Error(), "replace") {
		t.Errorf("the error tells too little: %v", err)
	}
	if after := f.dumpAll(t); !reflect.DeepEqual(before, after) {
		t.Errorf("changed\n%v\nto\n%v", before, after)
	}
}

func toolRace(t *testing.T, f *fixture) {
	succeeded, errs := race([]*repository.Store{f.Store, f.second(t)}, func(s *repository.Store) error {
		return s.Tools.Add(t.Context(), f.who, newTool("weather", "get"), false)
	})
	if succeeded != 1 {
		t.Errorf("%d added it", succeeded)
	}
	for _, err := range errs {
		wantError(t, err, repository.ErrToolExists)
	}
	f.wantUnaudited(t, 2)
}

func toolDelete(t *testing.T, f *fixture) {
	f.equip(t)
	f.addTool(t, "weather-2", "get")
	f.addTool(t, "weathe", "get")
	f.connect(t, "weather-2", "alice")
	f.signIn(t, "weather-2")
	f.perform(t, newPerform("weather-2", "key-1"), "")
	count := func() map[string]int {
		n := map[string]int{}
		for _, table := range []string{"tools", "functions", "connections", "authorizations", "performs", "links"} {
			n[table] = len(f.rows(t, "SELECT * FROM "+table))
		}
		return n
	}
	before := count()
	wantError(t, f.Tools.Delete(t.Context(), f.who, "weather"), nil)
	gone, after := map[string]int{"tools": 1, "functions": 2, "connections": 2, "authorizations": 1, "performs": 1, "links": 0}, count()
	for table, n := range gone {
		if before[table]-after[table] != n || before[table] == n {
			t.Errorf("%s: %d rows of %d are gone, want %d", table, before[table]-after[table], before[table], n)
		}
	}
	f.connection(t, "weather-2", "alice")
	f.connection(t, "maps", "")
	wantError(t, f.Tools.Delete(t.Context(), f.who, "weather"), repository.ErrNotFound)
}

// toolJSON fails when a field of the models is renamed: what is stored would no longer be read.
func toolJSON(t *testing.T, f *fixture) {
	f.addTool(t, "weather", "get")
	got := strings.Join(append(f.rows(t, "SELECT call FROM functions"), f.rows(t, "SELECT schemes, skipped, only_operations FROM tools")...), "\n")
	want := `[{"Method":"POST","BaseURL":"https://other.example","Path":"/a/{b}","Inputs":[{"Argument":"b","In":"path","Name":"b",` +
		`"Style":"simple","Explode":true,"Reserved":true,"JSON":true,"Fixed":"f"}],"Body":{"MediaType":"application/json","Required":true,` +
		`"Argument":"","Fields":[{"Argument":"c","Name":"d","Style":"form","Explode":true,"JSON":true}]},"Accept":"application/json",` +
		`"Security":[["key"],["key","oauth"],[]]}]` + "\n" +
		`[[{"Name":"key","Kind":"apiKey","Description":"a key","In":"header","Parameter":"X-Key","AuthorizationURL":"","TokenURL":"","Scopes":null},` +
		`{"Name":"oauth","Kind":"authorizationCode","Description":"","In":"","Parameter":"","AuthorizationURL":"https://id.example/authorize",` +
		`"TokenURL":"https://id.example/token","Scopes":["read","write"]}] [{"Operation":"GET /x","Reason":"is not JSON"}] ["get"]]`
	if got != want {
		t.Errorf("stored as\n%s\nwant\n%s", got, want)
	}
}
