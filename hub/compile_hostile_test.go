package hub

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// compileHostile makes documents that grow where they are read carelessly.
func compileHostile() map[string]string {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(format, "N", fmt.Sprint(i)))
		}
		return b.String()
	}
	uses := "paths: {'/x': {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}}\n"
	use := "  /N: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}\n"
	shared, fewer := compileHead+"paths:\n"+many(1500, use), compileHead+"paths:\n"+many(100, use)
	return map[string]string{
		"YAML that doubles":     "a0: &a0 [x]\n" + many(40, "aN1: &aN1 [*a0, *a0]\n") + "b0: &b0 [x,x,x,x,x,x,x,x]\nb1: &b1 [*b0,*b0,*b0,*b0,*b0,*b0,*b0,*b0]\nb2: &b2 [*b1,*b1,*b1,*b1,*b1,*b1,*b1,*b1]\nb3: &b3 [*b2,*b2,*b2,*b2,*b2,*b2,*b2,*b2]\nb4: &b4 [*b3,*b3,*b3,*b3,*b3,*b3,*b3,*b3]\nb5: &b5 [*b4,*b4,*b4,*b4,*b4,*b4,*b4,*b4]\nb6: &b6 [*b5,*b5,*b5,*b5,*b5,*b5,*b5,*b5]\nb7: &b7 [*b6,*b6,*b6,*b6,*b6,*b6,*b6,*b6]\n" + compileHead + uses,
		"YAML in itself":        compileHead + "x: &x {y: *x}\n" + uses,
		"YAML in nested names":  many(3000, "&aN [") + "x" + strings.Repeat("]", 3000) + many(3000, "\n"),
		"YAML merges":           compileHead + "m: &m {" + many(2000, "kN: 1, ") + "}\nl: [" + many(2000, "{<<: *m}, ") + "]\n" + uses,
		"deep JSON":             `{"openapi":"3.0.0","x":` + strings.Repeat(`{"a":`, 100000),
		"deep JSON lists":       strings.Repeat("[", 1000000),
		"deep YAML":             compileHead + "x: " + strings.Repeat("[", 200000),
		"deep schema":           compileHead + "paths: {'/x': {post: {requestBody: {content: {application/json: {schema: " + strings.Repeat("{items: ", 2000) + "{}" + strings.Repeat("}", 2000) + "}}}}}}",
		"deep allOf":            compileHead + "paths: {'/x': {post: {requestBody: {content: {application/json: {schema: " + strings.Repeat("{allOf: [", 2000) + "{}" + strings.Repeat("]}", 2000) + "}}}}}}",
		"references in circles": compileHead + uses + "components: {schemas: {S0: {$ref: '#/components/schemas/S1'}, S1: {$ref: '#/components/schemas/S0'}}}",
		"references that fan":   shared + "components: {schemas: {" + many(30, "SN: {type: object, properties: {a: {$ref: '#/components/schemas/SN1'}, b: {$ref: '#/components/schemas/TN'}, c: {$ref: '#/components/schemas/TN'}}}, TN: {properties: {x: {$ref: '#/components/schemas/SN'}, y: {$ref: '#/components/schemas/S0'}}}, SN1: {anyOf: [{$ref: '#/components/schemas/TN'}, {$ref: '#/components/schemas/S0'}]}, ") + "}}",
		"wide allOf":            fewer + "components: {schemas: {S0: {allOf: [" + many(4000, "{type: object, required: [pN], properties: {pN: {type: string}}}, ") + "]}}}",
		"wide object":           shared + "components: {schemas: {S0: {type: object, properties: {" + many(50000, "pN: {type: string}, ") + "}}}}",
		"large default":         shared + "components: {schemas: {S0: {type: object, properties: {a: {default: [" + many(100000, "'N', ") + "]}}}}}",
		"one shape of name":     fewer + "components: {schemas: {S0: {type: object, properties: {" + many(4000, "'!"+"N': {}, ") + "}}}}",
		"many paths":            compileHead + "paths:\n" + many(100000, "  /N: {get: {}}\n"),
		"many parameters":       compileHead + "paths: {'/x': {get: {parameters: [" + many(10000, "{name: aN, in: query}, ") + "]}, post: {}}}",
		"long names":            compileHead + "paths: {'/x': {get: {operationId: " + strings.Repeat("x", 1<<20) + ", parameters: [{name: " + strings.Repeat("y", 1<<20) + ", in: query}]}, post: {summary: '" + strings.Repeat("z", 1<<20) + "'}}}",
	}
}

// Whoever may import a document must not be able to stop the service with one.
func TestCompileHostileDocuments(t *testing.T) {
	const limit = time.Minute // without the bounds it takes days; this is for a busy machine
	for name, text := range compileHostile() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			tool, _, err := Compile([]byte(text), CompileOptions{})
			t.Logf("%d bytes in %v: %d functions, error %.120v", len(text), time.Since(start), len(tool.Functions), err)
			if took := time.Since(start); took > limit {
				t.Errorf("took %v", took)
			}
			if err != nil && !errors.Is(err, models.ErrInvalid) {
				t.Error(err)
			}
			for _, f := range tool.Functions[:min(len(tool.Functions), 3)] {
				compileCheckCall(t, tool, f, compileCheckSchema(t, f))
			}
		})
	}
}

func FuzzCompile(f *testing.F) {
	for _, text := range compileDocuments(f) {
		f.Add(text)
	}
	for _, text := range compileHostile() {
		if len(text) < 10000 {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tool, _, err := Compile(text, CompileOptions{Name: "fuzz", BaseURL: "https://fuzz.example"})
		if err != nil {
			if !errors.Is(err, models.ErrInvalid) {
				t.Error(err)
			}
			return
		}
		compileCheckTool(t, tool)
	})
}
